"""A small book of usage rules, and batches, for tests."""

from array import array
from collections.abc import Sequence

from scanner.domain.usage.book import UsageBook
from scanner.domain.usage.causes import Signs
from scanner.domain.usage.entitlements import Entitlements, Grant, Plan
from scanner.domain.usage.resources import NUMBER, Resource
from scanner.domain.usage.samples import ACCOUNT_SHIFT, RESOURCE_SHIFT, Columns
from scanner.domain.usage.thresholds import Kind, Leg, Ruling, Threshold, Thresholds, Timing

EXCESS = Threshold(
    "cpu-excess", Kind.EXCESS, "3.1.3.6", Leg.HEAVY, (Resource.CPU, Resource.BANDWIDTH_OUT), Ruling.PROPOSE, "overuse",
    capacity=1_260.0, leak=0.1,
)  # fmt: skip
BURN = Threshold(
    "cpu-burn", Kind.BURN, "3.1.3.6", Leg.HEAVY, (Resource.CPU,), Ruling.PROPOSE, "overuse",
    tiers=((21_600, 1_800, 1.2), (86_400, 7_200, 1.05)),
)  # fmt: skip
HARD = Threshold(
    "steal", Kind.HARD, "3.1.3.6", Leg.HARM, (Resource.STEAL,), Ruling.PROPOSE, "harm", ratio=1.0, hold=300, keep=600
)
UNUSUAL = Threshold(
    "unusual", Kind.UNUSUAL, "3.1.3.6", Leg.HEAVY, (Resource.CPU,), Ruling.WATCH, "unusual", ratio=4.0, floor=0.25
)
THRESHOLDS = Thresholds((EXCESS, BURN, HARD, UNUSUAL), Timing())


def small_book(*accounts: str, thresholds: Thresholds = THRESHOLDS) -> UsageBook:
    """Accounts under one plan: half a core, 1 MB/s out; a tenth of stolen time is tolerable."""
    plan = Plan("small", {Resource.CPU: 0.5, Resource.BANDWIDTH_OUT: 1e6}, pooled=False)
    grants = {name: (Grant(name, "small", hosts=("h1",)),) for name in accounts}
    bought = Entitlements({Resource.STEAL: 0.1}, {"small": (plan,)}, grants, hosts=frozenset({"h1"}))
    return UsageBook(bought, thresholds, Signs())


def columns(rows: Sequence[tuple[int, Resource, int, float, bool]]) -> Columns:
    """Columns of (account id, resource, second, value, is a total)."""
    keys = [account << ACCOUNT_SHIFT | NUMBER[kind] << RESOURCE_SHIFT | total for account, kind, _, _, total in rows]
    return Columns(array("I", keys), array("I", [row[2] for row in rows]), array("d", [row[3] for row in rows]))
