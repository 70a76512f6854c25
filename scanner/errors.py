"""Every error this software raises on purpose.

    AupError                    base; str() is one line that says what, where and how to mend it
    ├── UsageError              a command was called wrongly (exit 2)
    ├── SettingsError           a settings file or variable cannot be used
    ├── RuleError               a rule, pack, agreement or policy file is refused
    ├── ContentError            a stored object could not be read
    │   ├── GoneError           it is not there (any more)
    │   ├── DeniedError         the store refuses to show it
    │   └── ChangedError        it is not the version that was asked for
    ├── StoreError              the database refused, or a row is not what was expected
    │   ├── ConflictError       somebody else changed it first (HTTP 409)
    │   └── UnknownError        no such case, action, evidence or account (HTTP 404)
    ├── TransitionError         a state machine refuses the step; names the guard
    ├── VaultError              evidence could not be sealed or read back
    │   ├── TaintedError        what was read back is not what was sealed
    │   └── VaultAwayError      the vault or its keys cannot be asked just now: that says nothing of the evidence
    ├── EnforcementError        a measure could not be applied or undone
    │   ├── AmbiguousError      the answer was lost: the outcome is unknown until read back
    │   └── QuotaError          a provider takes no more today (seconds to wait in `.wait`)
    └── HookError               a message from outside is refused (status in `.status`)

Only edges (`scanner.cli`, `console`, `workers`) catch these and print them.
"""


class AupError(Exception):
    """One line: what went wrong, where, and the mend. `where` is a file, key or id; `mend` an instruction."""

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what, self.where, self.mend = what, where, mend
        super().__init__(": ".join(part for part in (where, what) if part) + (f" — {mend}" if mend else ""))


class UsageError(AupError):
    """A command was called wrongly."""


class SettingsError(AupError):
    """A settings file or variable cannot be used."""


class RuleError(AupError):
    """A rule, pack, agreement or policy file is refused. `where` is `file:line` or `file: key`."""


class ContentError(AupError):
    """A stored object could not be read."""


class GoneError(ContentError):
    """The object or version is not there."""


class DeniedError(ContentError):
    """The store refuses to show the object."""


class ChangedError(ContentError):
    """The object is not the version that was asked for."""


class StoreError(AupError):
    """The database refused, or a row is not what was expected."""


class ConflictError(StoreError):
    """Somebody else changed the row first."""


class UnknownError(StoreError):
    """No such row."""


class TransitionError(AupError):
    """A state machine refuses the step; `where` names the guard."""


class VaultError(AupError):
    """Evidence could not be sealed or read back."""


class TaintedError(VaultError):
    """What was read back is not what was sealed."""


class VaultAwayError(VaultError):
    """The vault or the service that wraps its keys does not answer, or refuses us; it is asked again."""


class EnforcementError(AupError):
    """A measure could not be applied or undone."""


class AmbiguousError(EnforcementError):
    """The answer was lost; the outcome is unknown until it is read back from the world."""


class QuotaError(EnforcementError):
    """A provider takes no more for now; `wait` are the seconds until it is asked again."""

    def __init__(self, what: str, *, wait: float, where: str = "", mend: str = "") -> None:
        self.wait = wait
        super().__init__(what, where=where, mend=mend)


class HookError(AupError):
    """A message from outside is refused; `status` is the HTTP status to answer with."""

    def __init__(self, status: int, what: str, *, where: str = "", mend: str = "") -> None:
        self.status = status
        super().__init__(what, where=where, mend=mend)
