"""Statements of reasons: what a customer is told, with the fields of the EU's DSA transparency database."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from scanner.errors import TransitionError

FIRST_RETRY = timedelta(seconds=10)
LAST_RETRY = timedelta(hours=24)
MAX_ATTEMPTS = 30  # doubling up to 24 h: about three weeks of a receiver being down
FACTS_LIMIT = 5_000


class Delivery(StrEnum):
    """Where a notice stands."""

    PENDING = "PENDING"
    SENT = "SENT"
    WITHHELD = "WITHHELD"  # by a recorded exception of two people, for a time
    DEAD = "DEAD"


class Source(StrEnum):
    """Where the question came from."""

    OWN = "SOURCE_VOLUNTARY"
    REPORT = "SOURCE_ARTICLE_16"
    FLAGGER = "SOURCE_TRUSTED_FLAGGER"
    ORDER = "SOURCE_TYPE_OTHER_NOTIFICATION"


class Automation(StrEnum):
    """How far the decision was a machine's."""

    FULL = "AUTOMATED_DECISION_FULLY"
    PART = "AUTOMATED_DECISION_PARTIALLY"
    NONE = "AUTOMATED_DECISION_NOT_AUTOMATED"


CATEGORIES: Mapping[str, str] = {
    "3.1.3.4": "STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE",
    "3.1.3.5": "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH",
    "3.1.3.5.3": "STATEMENT_CATEGORY_PORNOGRAPHY_OR_SEXUALIZED_CONTENT",
    "3.1.3.5.4": "STATEMENT_CATEGORY_UNSAFE_AND_ILLEGAL_PRODUCTS",
    "3.1.3.5.6": "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY",
    "3.1.3.5.7": "STATEMENT_CATEGORY_INTELLECTUAL_PROPERTY_INFRINGEMENTS",
    "3.1.3.7": "STATEMENT_CATEGORY_SCAMS_AND_FRAUD",
    "3.1.3.8": "STATEMENT_CATEGORY_RISK_FOR_PUBLIC_SECURITY",
}
VISIBILITY = {"suspend": "DECISION_VISIBILITY_CONTENT_DISABLED", "delete": "DECISION_VISIBILITY_CONTENT_REMOVED"}


@dataclass(frozen=True, slots=True)
class Withholding:
    """A notice withheld: by two distinct people, for a reason, until a time."""

    by: str
    second: str
    reason: str
    until: datetime

    def stands(self, now: datetime) -> bool:
        """Whether it holds now."""
        return bool(self.by and self.second and self.by != self.second and self.reason.strip()) and now < self.until


@dataclass(frozen=True, slots=True)
class Notice:
    """One statement of reasons. `id` is the action's. `facts_*` say what was found, without the content itself."""

    id: str
    course: str
    case: str
    account: str
    measure: str
    clause: str
    clause_zh: str
    clause_en: str
    facts_zh: str
    facts_en: str
    scope: str  # what is restricted: the object, for people
    territory: tuple[str, ...]
    applied_at: datetime | None
    ends_at: datetime | None
    detected_by_machine: bool
    automation: Automation
    source: Source
    appeal_link: str
    content_type: str = "CONTENT_TYPE_OTHER"
    content_at: str = ""
    state: Delivery = Delivery.PENDING
    due_at: datetime | None = None
    attempts: int = 0
    outcome: str = ""
    withheld: Withholding | None = None
    revision: int = 1


NEEDED = ("id", "clause", "clause_zh", "clause_en", "facts_zh", "facts_en", "scope", "appeal_link")


def missing(notice: Notice) -> tuple[str, ...]:
    """What G10 misses: clause, facts, scope, until when, how to appeal."""
    gaps = [name for name in NEEDED if not str(getattr(notice, name)).strip()]
    gaps += [name for name in ("applied_at", "ends_at") if getattr(notice, name) is None and notice.measure != "delete"]
    return (*gaps, *(() if notice.territory else ("territory",)))


def category(clause: str) -> str:
    """The transparency database's category of a clause: its own, or its parent's."""
    while clause:
        if clause in CATEGORIES:
            return CATEGORIES[clause]
        clause = clause.rpartition(".")[0]
    return "STATEMENT_CATEGORY_SCOPE_OF_PLATFORM_SERVICE"


def transparency(notice: Notice) -> dict[str, object]:
    """The notice as a statement for the DSA transparency database."""
    stated: dict[str, object] = {
        "decision_visibility": [VISIBILITY.get(notice.measure, "DECISION_VISIBILITY_OTHER")],
        "decision_ground": "DECISION_GROUND_INCOMPATIBLE_CONTENT",
        "incompatible_content_ground": f"§{notice.clause} {notice.clause_en}",
        "incompatible_content_explanation": notice.facts_en[:FACTS_LIMIT],
        "incompatible_content_illegal": "No",
        "content_type": [notice.content_type],
        "category": category(notice.clause),
        "territorial_scope": sorted(notice.territory),
        "application_date": _day(notice.applied_at),
        "end_date_visibility_restriction": _day(notice.ends_at),
        "decision_facts": notice.facts_en[:FACTS_LIMIT],
        "source_type": notice.source.value,
        "automated_detection": "Yes" if notice.detected_by_machine else "No",
        "automated_decision": notice.automation.value,
        "puid": notice.id,
    }
    if notice.measure not in VISIBILITY:
        stated["decision_visibility_other"] = notice.measure
    if notice.content_type == "CONTENT_TYPE_OTHER":
        stated["content_type_other"] = "stored object"
    return {**stated, "content_date": notice.content_at[:10]} if notice.content_at else stated


def sent(notice: Notice, outcome: str) -> Notice:
    """The receiver has taken it."""
    return replace(_undelivered(notice), state=Delivery.SENT, outcome=outcome, revision=notice.revision + 1)


def put_off(notice: Notice, outcome: str, now: datetime) -> Notice:
    """An attempt failed: due again after a doubling wait up to 24 h, DEAD after MAX_ATTEMPTS."""
    attempts = _undelivered(notice).attempts + 1
    wait = min(FIRST_RETRY * 2 ** min(attempts - 1, 20), LAST_RETRY)
    state = Delivery.DEAD if attempts >= MAX_ATTEMPTS else Delivery.PENDING
    return replace(
        notice, state=state, attempts=attempts, outcome=outcome, due_at=now + wait, revision=notice.revision + 1
    )


def replayed(notice: Notice, now: datetime) -> Notice:
    """A notice that gave up, to be delivered from its first attempt; TransitionError for any other."""
    if notice.state is not Delivery.DEAD:
        mend = "only dead notices are replayed"
        raise TransitionError(f"notice is {notice.state}", where=notice.id, mend=mend)
    return replace(notice, state=Delivery.PENDING, attempts=0, due_at=now, revision=notice.revision + 1)


def withhold(notice: Notice, withholding: Withholding, now: datetime) -> Notice:
    """The notice kept back until the exception ends; TransitionError unless two people stand for it."""
    if not withholding.stands(now):
        raise TransitionError(
            "an exception needs two people, a reason and an end", where=notice.id, mend="have a second person confirm"
        )
    return replace(
        _undelivered(notice),
        state=Delivery.WITHHELD,
        withheld=withholding,
        due_at=withholding.until,
        revision=notice.revision + 1,
    )


def _undelivered(notice: Notice) -> Notice:
    if notice.state in (Delivery.SENT, Delivery.DEAD):
        raise TransitionError(f"notice is {notice.state}", where=notice.id, mend="nothing to send")
    return notice


def _day(moment: datetime | None) -> str | None:
    return moment.date().isoformat() if moment else None
