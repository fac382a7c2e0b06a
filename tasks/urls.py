"""Addresses of the board and of tasks."""

from django.urls import path

from tasks.views import board, making

app_name = "tasks"

urlpatterns = [
    path("board/", board.board_page, name="board"),
    path("board/cards/", board.some_cards, name="cards"),
    path("board/bulk/", board.bulk, name="bulk"),
    path("tasks/new/", making.create, name="create"),
    path("tasks/find/", board.find, name="find"),
    path("tasks/<int:number>/move/", board.move, name="move"),
    path("tasks/<int:number>/", making.create, name="detail"),
]
