"""A sight of the pipeline as Prometheus text. Labels are lanes, words, clauses, rules, causes, and the few accounts
and buckets that a sight shows by name."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric

from scanner.domain.sights import Sight

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def prometheus_text(sight: Sight) -> bytes:
    """The exposition."""
    registry = CollectorRegistry()
    registry.register(_Shown(sight))
    return generate_latest(registry)


class _Shown:
    """A collector over one sight."""

    def __init__(self, sight: Sight) -> None:
        self.sight = sight

    def collect(self) -> Iterator[Metric]:
        """Every family."""
        yield from _waiting(self.sight)
        yield from _counters(self.sight)
        yield from _standing(self.sight)


def _waiting(sight: Sight) -> Iterator[Metric]:
    oldest = GaugeMetricFamily("aup_oldest_unscanned_seconds", "Age of the oldest unscanned object.", labels=["lane"])
    for lane, seconds in sight.oldest.items():
        oldest.add_metric([lane], seconds)
    requests = GaugeMetricFamily("aup_open_requests", "Open scan requests.", labels=["lane", "state"])
    for (lane, state), count in sight.open.items():
        requests.add_metric([lane, state], count)
    lag = GaugeMetricFamily("aup_tenant_lag_seconds", "Longest wait of an account.", labels=["lane", "tenant"])
    backlog = GaugeMetricFamily("aup_tenant_backlog", "Open requests of an account.", labels=["lane", "tenant"])
    for one in sight.tenants:
        lag.add_metric([one.lane, one.account], one.oldest)
        backlog.add_metric([one.lane, one.account], one.count)
    yield from (oldest, requests, lag, backlog)
    yield GaugeMetricFamily("aup_verdicts_per_second", "Verdicts a second over the last minute.", value=sight.rate)


def _counters(sight: Sight) -> Iterator[Metric]:
    verdicts = CounterMetricFamily("aup_verdicts", "Verdicts by word and clause.", labels=["word", "clause"])
    for (word, clause), count in sight.verdicts.items():
        verdicts.add_metric([word, clause], count)
    hits = CounterMetricFamily("aup_rule_hits", "Contents that a rule hit.", labels=["rule"])
    for rule, count in sight.hits.items():
        hits.add_metric([rule], count)
    known = CounterMetricFamily("aup_contents", "Contents by how they were detected.", labels=["how"])
    for how, count in sight.known.items():
        known.add_metric([how], count)
    yield from (verdicts, hits, known)


def _standing(sight: Sight) -> Iterator[Metric]:
    dead = GaugeMetricFamily("aup_dead_letters", "Dead letters by cause.", labels=["cause"])
    for cause, count in sight.dead.items():
        dead.add_metric([cause], count)
    listed = GaugeMetricFamily("aup_coverage_listed", "Objects that the last rescan listed.", labels=["bucket"])
    covered = GaugeMetricFamily("aup_coverage_ratio", "Share of them with a verdict.", labels=["bucket"])
    for bucket, (count, judged) in sight.coverage.items():
        listed.add_metric([bucket], count)
        covered.add_metric([bucket], judged / count if count else 1.0)
    costs = GaugeMetricFamily("aup_rule_cost_microseconds", "CPU of a rule alone, per 10 KB.", labels=["rule"])
    for rule, value in sight.costs.items():
        costs.add_metric([rule], value)
    gates = GaugeMetricFamily("aup_gates", "Buckets by serving gate.", labels=["mode"])
    for mode, count in sight.gates.items():
        gates.add_metric([mode], count)
    yield from (dead, listed, covered, costs, gates)
    yield GaugeMetricFamily("aup_scanning_stopped", "1 while the alarm stands.", value=float(sight.alarm))
    yield GaugeMetricFamily("aup_deletions_begun", "Deletions that began within the last hour.", value=sight.begun)
    yield GaugeMetricFamily("aup_deletions_put_off", "Deletions above the ceiling: they wait.", value=sight.put_off)
    if sight.canary_age >= 0:
        yield GaugeMetricFamily("aup_canary_seconds", "Put to verdict, last canary.", value=sight.canary_seconds)
        yield GaugeMetricFamily("aup_canary_age_seconds", "Since the last canary's verdict.", value=sight.canary_age)
