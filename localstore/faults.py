"""Scripted faults: what goes wrong, when, and how often."""

from collections.abc import Callable
from dataclasses import dataclass, field

from localstore.values import Asked


@dataclass(slots=True)
class Fault:
    """One fault, for the next `times` requests of an operation (and key, where named), after `skip` of them.

    `kind`: a number is an HTTP status answered instead of working; `drop` closes before working; `lost` works and
    closes without an answer; `cut` works and closes in the middle of the body; `before` and `after` run `act`.
    """

    operation: str
    kind: str
    times: int = 1
    skip: int = 0
    key: str = ""
    act: Callable[[], None] | None = None

    def strikes(self, asked: Asked) -> bool:
        """Whether this request meets the fault; counts it."""
        if self.times <= 0 or self.operation not in ("*", asked.operation) or self.key not in ("", asked.key):
            return False
        if self.skip > 0:
            self.skip -= 1
            return False
        self.times -= 1
        return True


@dataclass(slots=True)
class Faults:
    """The script."""

    script: list[Fault] = field(default_factory=list)
    met: list[str] = field(default_factory=list)

    def add(self, operation: str, kind: str, **options: object) -> Fault:
        """Add a fault."""
        fault = Fault(operation, kind, **options)  # type: ignore[arg-type]
        self.script.append(fault)
        return fault

    def of(self, asked: Asked) -> list[Fault]:
        """The faults that this request meets."""
        struck = [fault for fault in self.script if fault.strikes(asked)]
        self.met += [f"{asked.operation} {fault.kind}" for fault in struck]
        return struck
