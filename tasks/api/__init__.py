"""The board for programs."""

from django.urls import path

from tasks.api import moving, reviewing, state, talking, tasks
from tasks.inbound import api as inbound

urlpatterns = [
    path("tasks", tasks.Tasks.as_view()),
    path("tasks/<uuid:id>", tasks.OneTask.as_view()),
    path("tasks/<uuid:id>/why", tasks.Why.as_view()),
    path("tasks/<uuid:id>/checklist", tasks.Checklist.as_view()),
    path("tasks/<uuid:id>/dependencies", tasks.Dependencies.as_view()),
    path("tasks/<uuid:id>/dependencies/<uuid:needs>", tasks.OneDependency.as_view()),
    path("tasks/<uuid:id>/activities", tasks.TaskActivities.as_view()),
    path("activities/task/<uuid:id>", tasks.ActivitiesByTask.as_view()),
    path("tasks/<uuid:id>/assign", moving.Assign.as_view()),
    path("tasks/<uuid:id>/status", moving.Status.as_view()),
    path("tasks/<uuid:id>/block", moving.Block.as_view()),
    path("tasks/<uuid:id>/unblock", moving.Unblock.as_view()),
    path("tasks/<uuid:id>/retry", moving.Retry.as_view()),
    path("tasks/<uuid:id>/evidence", reviewing.EvidenceList.as_view()),
    path("tasks/<uuid:id>/submit", reviewing.Submit.as_view()),
    path("tasks/<uuid:id>/review", reviewing.Verdict.as_view()),
    path("tasks/<uuid:id>/reviews", reviewing.Reviews.as_view()),
    path("tasks/<uuid:id>/messages", talking.Messages.as_view()),
    path("messages/<uuid:id>", talking.OneMessage.as_view()),
    path("messages/<uuid:id>/reactions", talking.Reactions.as_view()),
    path("messages/<uuid:id>/attachments", talking.Attachments.as_view()),
    path("attachments/<uuid:id>", talking.Download.as_view()),
    path("runs/<uuid:id>/ask", talking.Ask.as_view()),
    path("roadmap/import", state.Import.as_view()),
    path("state/working-md", state.Working.as_view()),
    path("state/working-md/history", state.History.as_view()),
    path("state/working-md/history/<int:number>", state.OneVersion.as_view()),
    path("state/working-md/restore", state.Restore.as_view()),
    *inbound.urlpatterns,
]
