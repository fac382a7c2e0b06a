"""What is measured. Each module here has a `measure()` that yields figures."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One figure, and the most that was promised for it."""

    name: str
    value: float
    unit: str
    promised: float | None = None

    @property
    def kept(self) -> bool:
        return self.promised is None or self.value <= self.promised
