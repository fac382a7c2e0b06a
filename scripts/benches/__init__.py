"""What is measured. Each module here has a `measure()` that yields figures."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One figure, and the most, or the least, that was promised for it."""

    name: str
    value: float
    unit: str
    promised: float | None = None
    least: float | None = None

    @property
    def kept(self) -> bool:
        if self.least is not None and self.value < self.least:
            return False
        return self.promised is None or self.value <= self.promised
