"""The shared state of the workspace: WORKING.md, and plans that become tasks."""

from typing import Any

from django.db.models import QuerySet
from rest_framework.response import Response

from accounts.endpoint import Endpoint
from core.api.fields import ListQuery
from core.api.schema import op
from tasks.around import actor_in
from tasks.models import WorkingVersion
from tasks.roadmap.importing import import_roadmap
from tasks.state_serializers import (
    ImportAnswer,
    RoadmapInput,
    WorkingAnswer,
    WorkingInput,
    WorkingRestoreInput,
    WorkingVersionAnswer,
    WorkingVersionRow,
    WrittenAnswer,
)
from tasks.working import (
    WriteResult,
    read_working_state,
    restore_working_version,
    working_version,
    working_versions,
    write_working_state,
)

_CONFLICT = {409: ("working_conflict", "The same line was changed meanwhile; here are both texts.")}


class Working(Endpoint):
    tag = "state"
    needs = {"GET": "read", "PUT": "work"}

    @op("readWorkingState", gives=WorkingAnswer)
    def get(self, request: Any) -> Any:
        """WORKING.md, true to the database at this moment. Its tag goes into If-Match."""
        page = read_working_state(self.workspace)
        body = {
            "text": page.text,
            "etag": page.etag,
            "version": page.version,
            "event_number": page.event_number,
            "updated_at": page.updated_at,
        }
        return Response(body, headers={"ETag": f'"{page.etag}"'})

    @op("writeWorkingState", takes=WorkingInput, gives=WrittenAnswer, refuses=_CONFLICT)
    def put(self, request: Any, data: dict[str, str]) -> Any:
        """Apply an edited page through the verbs of the board, all of it or nothing.

        Say what was edited: If-Match with the tag that was read, or base_text with the page
        itself. What others changed meanwhile is merged, line by line; where both changed the
        same, 409 brings both texts and nothing is applied.
        """
        tag = request.META.get("HTTP_IF_MATCH", "").strip().removeprefix("W/").strip('"')
        result = write_working_state(
            actor=self.actor,
            workspace=self.workspace,
            text=data["text"],
            base_etag=tag or None,
            base_text=data.get("base_text"),
            note=data.get("note", ""),
        )
        return _written(result)


class History(Endpoint):
    tag = "state"
    needs = {"GET": "read"}

    @op("listWorkingVersions", query=ListQuery, page_of=WorkingVersionRow)
    def get(self, request: Any, query: dict[str, Any]) -> Any:
        """The stored versions, the newest first."""
        return self.page(working_versions(self.workspace), _versions, query)


class OneVersion(Endpoint):
    tag = "state"
    needs = {"GET": "read"}

    @op("getWorkingVersion", gives=WorkingVersionAnswer)
    def get(self, request: Any, number: int) -> Any:
        """One stored version with its text."""
        version = working_version(self.workspace, number)
        own = working_versions(self.workspace).filter(pk=version.pk)
        return {**_versions(own)[0], "text": version.text}


class Restore(Endpoint):
    tag = "state"
    needs = {"POST": "work"}

    @op("restoreWorkingState", takes=WorkingRestoreInput, gives=WrittenAnswer)
    def post(self, request: Any, data: dict[str, int]) -> Any:
        """Bring notes, statuses, assignees and titles back to what a version says."""
        return _written(
            restore_working_version(
                actor=self.actor, workspace=self.workspace, number=data["version"]
            )
        )


class Import(Endpoint):
    tag = "state"
    needs = {"POST": "work"}

    @op(
        "importRoadmap",
        takes=RoadmapInput,
        gives=ImportAnswer,
        example={
            "text": "# A harbour\n\n## Phase 1: Light\n\n### 1.1 Set up two lamps\n",
            "dry_run": True,
        },
    )
    def post(self, request: Any, data: dict[str, Any]) -> Any:
        """Take a plan in Markdown into the board: phases, tasks, what they wait for.

        The same document again changes nothing. With dry_run, says what would be done.
        """
        report = import_roadmap(actor=self.actor, workspace=self.workspace, **data)
        return {**report.to_json(), "tree": report.roadmap.to_json()}


def _written(result: WriteResult) -> Response:
    body = {
        "version": result.version,
        "applied": result.applied,
        "ignored": [
            {"line": one.line, "text": one.text, "reason": one.reason} for one in result.ignored
        ],
        "text": result.text,
        "etag": result.etag,
    }
    return Response(body, headers={"ETag": f'"{result.etag}"'})


def _versions(rows: QuerySet[WorkingVersion]) -> list[dict[str, Any]]:
    own = ("number", "note", "event_number", "created_at")
    by = tuple(f"author__{name}" for name in ("id", "handle", "name", "kind"))
    return [
        {**dict(zip(own, row, strict=False)), "author": actor_in(row, len(own))}
        for row in rows.select_related(None).values_list(*own, *by)
    ]
