"""The usage rules as one value: what was bought, the thresholds, the signs, and where samples come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scanner.domain.usage.causes import CauseKind, Signs
from scanner.domain.usage.entitlements import Entitlements
from scanner.domain.usage.thresholds import Thresholds


@dataclass(frozen=True, slots=True)
class Query:
    """One PromQL query that gives samples of one resource, an account in the label `account`."""

    name: str
    query: str
    resource: str
    unit: str
    counter: bool = False
    account: str = "account"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric name of a remote write: resource and unit, the label that names the account, labels it must have."""

    metric: str
    resource: str
    unit: str
    counter: bool = False
    account: str = "account"
    where: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where samples come from. `timeout`: seconds for one whole answer; `max_bytes` bounds it."""

    url: str = ""
    timeout: float = 10.0
    max_bytes: int = 64 * 1024 * 1024
    queries: tuple[Query, ...] = ()
    metrics: tuple[Metric, ...] = ()


@dataclass(frozen=True, slots=True)
class UsageBook:
    """rules/usage.yaml in force. `expects`: kinds of causes that belong to the service of a plan."""

    entitlements: Entitlements
    thresholds: Thresholds
    signs: Signs = field(default_factory=Signs)
    sources: Sources = field(default_factory=Sources)
    expects: Mapping[str, frozenset[CauseKind]] = field(default_factory=dict)
    digest: str = ""
