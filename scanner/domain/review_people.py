"""What a reviewer sets for themselves, and when they are asked to rest."""

from dataclasses import dataclass, replace
from datetime import timedelta

from scanner.domain.messages import (
    NAME_IT,
    REMOVE_ONE,
    VIEW_NAME,
    VIEWS_FULL,
)
from scanner.errors import UsageError

MOST_VIEWS = 20
BREAK_AFTER = timedelta(minutes=50)
EXPOSURES_A_BREAK = 40  # full contents and unblurred images since the last break


@dataclass(frozen=True, slots=True)
class View:
    """A saved view of the queue: a name and the query that asks for it."""

    name: str
    query: str


@dataclass(frozen=True, slots=True)
class Preferences:
    """One reviewer's own settings. `language` is "", "zh" or "en"; `muted` are clauses never offered to them."""

    person: str
    language: str = ""
    muted: tuple[str, ...] = ()
    views: tuple[View, ...] = ()
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Exposure:
    """What somebody saw. `today` and `since_break` count full contents and unblurred images; `worked` is since rest."""

    today: int
    since_break: int
    decided_today: int
    worked: timedelta

    @property
    def rest_is_due(self) -> bool:
        """Whether a break is asked for. Nobody is kept from working: it is their eyes."""
        return self.worked >= BREAK_AFTER or self.since_break >= EXPOSURES_A_BREAK


def with_view(kept: Preferences, view: View) -> Preferences:
    """The view saved under its name; UsageError without a name or beyond MOST_VIEWS."""
    if not view.name.strip() or len(view.name) > 40:
        raise UsageError(VIEW_NAME(), where="name", mend=NAME_IT())
    rest = tuple(one for one in kept.views if one.name != view.name)
    if len(rest) >= MOST_VIEWS:
        raise UsageError(VIEWS_FULL(count=MOST_VIEWS), where="name", mend=REMOVE_ONE())
    return replace(kept, views=(*rest, view), revision=kept.revision + 1)


def without_view(kept: Preferences, name: str) -> Preferences:
    """The view of that name forgotten."""
    return replace(kept, views=tuple(one for one in kept.views if one.name != name), revision=kept.revision + 1)
