"""How the providers of models do, over all workspaces: for whoever watches the house."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

from modules.models import AIModel, Breaker, Call

LOOKED_AT = 20  # calls, the newest


@dataclass(frozen=True)
class Provider:
    """One provider in use. It rests while the breaker of one of its endpoints is open."""

    name: str
    models: int
    resting: int
    latency_ms: float | None

    @property
    def state(self) -> str:
        return "resting" if self.resting else "up"

    @property
    def detail(self) -> str:
        said = f"{self.models} model{'' if self.models == 1 else 's'}"
        if self.resting:
            said += f"; {self.resting} endpoint{'' if self.resting == 1 else 's'} at rest"
        return said

    @property
    def version(self) -> str | None:
        """Of the package that speaks with it; the simulated one is part of this release."""
        try:
            return None if self.name == AIModel.Provider.SIMULATED else version(self.name)
        except PackageNotFoundError:
            return None


def providers() -> list[Provider]:
    """The providers of models that are in use. Asks the database alone, never a provider."""
    used = AIModel.objects.filter(enabled=True).order_by().values_list("provider", flat=True)
    open_keys = Breaker.objects.filter(state=Breaker.State.OPEN).values_list("pk", flat=True)
    resting = Counter(key.partition(" ")[0] for key in open_keys)
    return [
        Provider(name, count, resting[name], _mean(_latencies(name)))
        for name, count in sorted(Counter(used).items())
    ]


def _latencies(provider: str) -> Iterable[int]:
    calls = Call.objects.filter(model__provider=provider, status=Call.Status.OK)
    return calls.order_by("-pk").values_list("latency_ms", flat=True)[:LOOKED_AT]


def _mean(values: Iterable[int]) -> float | None:
    found = list(values)
    return sum(found) / len(found) if found else None
