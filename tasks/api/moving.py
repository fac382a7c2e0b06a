"""Where a task stands, who has it, and what holds it up."""

from typing import Any
from uuid import UUID

from core.api.schema import op
from tasks import actions
from tasks.api.endpoint import TaskEndpoint
from tasks.serializers import AssignInput, BlockInput, NoteInput, StatusInput, TaskAnswer


class Assign(TaskEndpoint):
    needs = {"POST": "work"}

    @op("assignTask", takes=AssignInput, gives=TaskAnswer)
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Give a task to exactly these actors; without any named, to the agent that fits best."""
        assignees = None
        if "assignee_ids" in data:
            assignees = self.named_actors(data["assignee_ids"], "assignee_ids")
        task = actions.assign_task(
            actor=self.actor, task=self.reference(id), assignees=assignees, why=data.get("why", "")
        )
        return self.changed(task)


class Status(TaskEndpoint):
    needs = {"POST": "work"}

    @op(
        "moveTask",
        takes=StatusInput,
        gives=TaskAnswer,
        guarded=True,
        example={"status": "in_progress"},
    )
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Move a task to a status, and there between two others if they are named.

        409 says what it waits for when it cannot go there yet. Done needs a review: agents
        hand in by /submit, a person who moves it has reviewed it.
        """
        task = actions.move_task(
            actor=self.actor,
            task=self.reference(id),
            status=data["status"],
            before=self.named_task(data.get("before"), "before"),
            after=self.named_task(data.get("after"), "after"),
            expected_version=self.wanted_version,
            reason=data.get("reason", ""),
        )
        return self.changed(task)


class Block(TaskEndpoint):
    needs = {"POST": "work"}

    @op("blockTask", takes=BlockInput, gives=TaskAnswer)
    def post(self, request: Any, id: UUID, data: dict[str, Any]) -> Any:
        """Take a task out of dispatch until somebody unblocks it, and tell who can."""
        task = actions.block_task(
            actor=self.actor,
            task=self.reference(id),
            reason=data["reason"],
            waits_on=self.named_actor(data.get("waits_on"), "waits_on"),
        )
        return self.changed(task)


class Unblock(TaskEndpoint):
    needs = {"POST": "work"}

    @op("unblockTask", takes=NoteInput, gives=TaskAnswer)
    def post(self, request: Any, id: UUID, data: dict[str, str]) -> Any:
        """Let a blocked task go on, with a clean slate."""
        task = actions.unblock_task(
            actor=self.actor, task=self.reference(id), note=data.get("note", "")
        )
        return self.changed(task)


class Retry(TaskEndpoint):
    needs = {"POST": "work"}

    @op("retryTask", gives=TaskAnswer)
    def post(self, request: Any, id: UUID) -> Any:
        """Try a task again now, whatever it was waiting for after a failure."""
        task = actions.retry_task(actor=self.actor, task=self.reference(id))
        return self.changed(task)
