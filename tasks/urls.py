"""Addresses of the board and of tasks."""

from django.urls import path

from tasks.inbound import views as inbound
from tasks.views import board, making, people, roadmap, task, thread, working

app_name = "tasks"

urlpatterns = [
    path("board/", board.board_page, name="board"),
    path("board/cards/", board.some_cards, name="cards"),
    path("board/bulk/", board.bulk, name="bulk"),
    path("tasks/new/", making.create, name="create"),
    path("tasks/find/", board.find, name="find"),
    path("tasks/mentions/", people.mentions, name="mentions"),
    path("tasks/people/", people.people, name="people"),
    path("tasks/<int:number>/", task.detail, name="detail"),
    path("tasks/<int:number>/part/<slug:name>/", task.part, name="part"),
    path("tasks/<int:number>/move/", board.move, name="move"),
    path("tasks/<int:number>/edit/", task.edit, name="edit"),
    path("tasks/<int:number>/change/", task.change, name="change"),
    path("tasks/<int:number>/assign/", task.assign, name="assign"),
    path("tasks/<int:number>/review/", task.review, name="review"),
    path("tasks/<int:number>/stop/", task.stop, name="stop"),
    path("tasks/<int:number>/delete/", task.delete, name="delete"),
    path("tasks/<int:number>/messages/", thread.post, name="say"),
    path("messages/<uuid:pk>/edit/", thread.edit, name="message_edit"),
    path("messages/<uuid:pk>/react/", thread.react, name="react"),
    path("hooks/<str:token>/", inbound.receive, name="receive"),
    # A sender cannot be expected to follow a redirect.
    path("hooks/<str:token>", inbound.receive),
    path("settings/webhooks/incoming/", inbound.hooks, name="hooks"),
    path("settings/webhooks/incoming/<uuid:pk>/", inbound.edit, name="hook"),
    path("settings/webhooks/incoming/<uuid:pk>/switch/", inbound.switch, name="hook_switch"),
    path("settings/webhooks/incoming/<uuid:pk>/replace/", inbound.replace, name="hook_replace"),
    path("settings/webhooks/incoming/<uuid:pk>/delete/", inbound.delete, name="hook_delete"),
    path("roadmap/", roadmap.roadmap, name="roadmap"),
    path("working/", working.page, name="working"),
    path("working/edit/", working.edit, name="working_edit"),
    path("working/preview/", working.preview, name="working_preview"),
    path("working/news/", working.news, name="working_news"),
    path("working/download/", working.download, name="working_download"),
    path("working/versions/<int:number>/", working.version, name="working_version"),
    path("working/versions/<int:number>/restore/", working.restore, name="working_restore"),
    path("attachments/<uuid:pk>/", thread.attachment, name="attachment"),
]
