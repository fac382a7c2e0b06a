"""From an export of VEGA into a workspace: all of it or nothing, and only once."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import TypeVar
from uuid import NAMESPACE_URL, UUID, uuid5

from django.db import DatabaseError, transaction
from django.utils import timezone

from accounts.actions import add_member, create_user_without_password
from accounts.models import Actor, Membership, User
from accounts.roles import require
from activity.log import logged, record
from agents.actions import create_agent, pause_agent
from agents.models import Agent
from conversations.actions.bringing import Earlier, bring_conversation
from core.errors import Invalid, MCError
from dashboard.vega.layout import handle_of, load, read
from dashboard.vega.rows import AgentRow, Core, Export, ModelRef, Person, Talk
from modules.actions import ModelFields, save_model
from modules.models import AIModel

T = TypeVar("T")


@dataclass
class VegaReport:
    """What an import made, what was there already, what it passed over and why."""

    workspace: str
    dry_run: bool
    made: dict[str, int] = field(default_factory=dict)
    known: dict[str, int] = field(default_factory=dict)
    skipped: list[dict[str, str]] = field(default_factory=list)
    new_people: list[str] = field(default_factory=list)
    models_without_key: list[str] = field(default_factory=list)

    def make(self, what: str, number: int = 1) -> None:
        self.made[what] = self.made.get(what, 0) + number

    def know(self, what: str) -> None:
        self.known[what] = self.known.get(what, 0) + 1

    def skip(self, path: str, why: str) -> None:
        self.skipped.append({"what": path, "why": why})


def import_vega(*, actor: Actor, path: Path, dry_run: bool = False) -> VegaReport:
    """Take everything in the file into the workspace of `actor`, who may manage it.

    People are recognised by their e-mail address, agents by their handle, models by kind,
    provider, address and name, talks by where they come from: what is here already stays as it
    is. One transaction, undone with `dry_run`. Raises Invalid naming the field at fault.
    """
    for what in ("workspace", "members", "agents", "models"):
        require(actor, what)
    report = VegaReport(actor.workspace.slug, dry_run)
    export = read(load(path), report.skip)
    try:
        with transaction.atomic():
            with logged():
                _Bringing(actor, export, report).carry_out()
            if dry_run:
                transaction.set_rollback(True)
    except DatabaseError as error:
        raise Invalid("A value in it lies outside of what can be kept.", field="file") from error
    return report


class _Bringing:
    """One import under way."""

    def __init__(self, actor: Actor, export: Export, report: VegaReport) -> None:
        self._actor, self._export, self._report = actor, export, report
        self._people: dict[str, Actor] = {}
        self._agents: dict[str, Agent] = {}

    def carry_out(self) -> None:
        for key, person in self._export.people.items():
            self._people[key] = self._bring_person(person)
        for module in self._export.modules.values():
            if module.model is None:
                self._report.skip(module.path, "it names no model, and the module itself is here")
            else:
                self._bring_model(module.model, name=module.name)
        for key, agent in self._export.agents.items():
            self._agents[key] = self._bring_agent(agent)
        used = {agent.core for agent in self._export.agents.values()}
        for key, core in self._export.cores.items():
            if key not in used:
                self._bring_agent(_agent_of(core))
        for talk in self._export.talks.values():
            self._bring_talk(talk)
        if self._report.made:
            record(
                actor=self._actor,
                verb="workspace.vega_imported",
                message="took in an export of VEGA",
                data={"made": self._report.made, "source": self._export.source},
            )

    def _bring_person(self, person: Person) -> Actor:
        user = User.objects.filter(email__iexact=person.email).first()
        if user is None:
            user = _checked(
                person.path,
                lambda: create_user_without_password(
                    username=_free_username(person.username),
                    email=person.email,
                    name=person.name,
                    active=person.active,
                ),
            )
            self._report.new_people.append(user.email)
        found = Membership.objects.filter(user=user, workspace=self._actor.workspace_id)
        member = found.select_related("actor__workspace").first()
        if member is not None:
            self._report.know("users")
            return member.actor
        member = add_member(workspace=self._actor.workspace, user=user, role=person.role)
        self._report.make("users")
        record(
            actor=self._actor,
            verb="member.joined",
            message=f"took @{member.actor.handle} in as {person.role}",
            data={"role": person.role},
        )
        return member.actor

    def _bring_model(self, ref: ModelRef, *, name: str = "") -> AIModel:
        models = AIModel.objects.filter(workspace=self._actor.workspace_id)
        here = models.filter(
            kind=ref.kind, provider=ref.provider, model_id=ref.model_id, base_url=ref.base_url
        ).first()
        if here is not None:
            self._report.know("models")
            return here
        simulated = ref.provider == AIModel.Provider.SIMULATED
        fields = ModelFields(
            name=_free_name(models.values_list("name", flat=True), name or ref.model_id),
            kind=ref.kind,
            provider=ref.provider,
            model_id=ref.model_id,
            base_url=ref.base_url,
            # Without a key it would fail; until it has one, the default does its work.
            enabled=simulated,
        )
        model = _checked(ref.path, lambda: save_model(actor=self._actor, fields=fields))
        self._report.make("models")
        if not simulated:
            self._report.models_without_key.append(model.name)
        return model

    def _bring_agent(self, row: AgentRow) -> Agent:
        core = self._export.cores.get(row.core)
        here = Agent.objects.select_related("actor").filter(
            workspace=self._actor.workspace_id, actor__handle=row.handle
        )
        if (agent := here.first()) is not None:
            self._report.know("agents")
            return agent
        if Actor.objects.filter(workspace=self._actor.workspace_id, handle=row.handle).exists():
            at = f"{row.path}.handle"
            raise Invalid(f"{at} “{row.handle}” is somebody else here; give it another.", field=at)
        ref = row.model or (core.model if core else None)
        persona = [core.persona if core else "", row.persona]
        model = self._bring_model(ref) if ref else None
        agent = _checked(
            row.path,
            lambda: create_agent(
                actor=self._actor,
                name=row.name,
                handle=row.handle,
                role=(row.role or (core.role if core else "") or "assistant")[:120],
                persona="\n\n".join(part for part in persona if part),
                capabilities=row.capabilities,
                model=model,
                heartbeat_interval=row.interval or 30,
                memory_context=row.memory,
                reason="taken in from VEGA",
            ),
        )
        if row.paused:
            pause_agent(actor=self._actor, agent=agent, reason="was not active in VEGA")
        self._report.make("agents")
        if core is not None:
            self._report.make("personas")
        return agent

    def _bring_talk(self, talk: Talk) -> None:
        if not talk.turns:
            self._report.skip(talk.path, "nothing was said in it")
            return
        brought = bring_conversation(
            actor=self._actor,
            owner=self._people[talk.person],
            agent=self._agents[talk.agent],
            key=self._key_of(talk),
            title=talk.title,
            turns=_with_moments(talk),
            archived=talk.archived,
        )
        if brought is None:
            self._report.know("conversations")
        else:
            self._report.make("conversations")
            self._report.make("turns", len(talk.turns))

    def _key_of(self, talk: Talk) -> UUID:
        """The same for the same talk, however often it comes; another one for every other."""
        person = self._export.people[talk.person]
        begun = talk.created_at.isoformat() if talk.created_at else ""
        words = [str(self._actor.workspace_id), self._export.source, talk.key, person.email, begun]
        return uuid5(NAMESPACE_URL, f"vega:{'|'.join(words)}")


def _agent_of(core: Core) -> AgentRow:
    """A core that no agent works with becomes an agent of its own."""
    return AgentRow(
        path=core.path,
        handle=handle_of(core.name),
        name=core.name,
        role="",
        persona="",
        memory="",
        capabilities=[],
        interval=None,
        paused=False,
        core=core.key,
        model=None,
    )


def _with_moments(talk: Talk) -> list[Earlier]:
    """Each turn with its moment; where the file tells none, a second after the one before."""
    at = (
        talk.created_at or next((said.at for said in talk.turns if said.at), None) or timezone.now()
    )
    turns = []
    for said in talk.turns:
        at = said.at or at + timedelta(seconds=1)
        turns.append(Earlier(said.role, said.content, at))
    return turns


def _checked(path: str, make: Callable[[], T]) -> T:
    """What `make` makes; a refusal names the field in the file."""
    try:
        return make()
    except MCError as error:
        at = f"{path}.{error.field}" if error.field else path
        raise Invalid(f"{at}: {error.message}", field=at) from error


def _free_username(wanted: str) -> str:
    taken = User.objects.filter(username__istartswith=wanted[:140])
    return _free_name(taken.values_list("username", flat=True), wanted, longest=150, between="-")


def _free_name(taken: Iterable[str], wanted: str, *, longest: int = 80, between: str = " ") -> str:
    """`wanted`, with a number behind it where somebody is called so already."""
    there = {name.lower() for name in taken}
    if wanted[:longest].lower() not in there:
        return wanted[:longest]
    names = (f"{wanted[: longest - 6]}{between}{number}" for number in count(2))
    return next(name for name in names if name.lower() not in there)
