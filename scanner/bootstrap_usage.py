"""Which adapter serves which port of usage metering."""

from dataclasses import dataclass, replace

from scanner.adapters.usage_content import SqlContentCauses
from scanner.adapters.usage_engine import VectorEngine
from scanner.adapters.usage_ledger import SqlUsageLedger
from scanner.adapters.usage_prometheus import PrometheusSource
from scanner.adapters.usage_record import SqlUsageRecord
from scanner.bootstrap import House
from scanner.bootstrap_local import usage_folder
from scanner.domain.usage.book import Sources, UsageBook
from scanner.errors import SettingsError
from scanner.rulebook.usage import NAME
from scanner.rulebook.usage_watch import WatchedUsage
from scanner.services.metering import Metering
from scanner.services.metering_cases import UsageCasework
from scanner.services.metering_plots import Plotting
from scanner.wire.usage_remote_write import RemoteWrite

__all__ = ["UsageHouse", "open_usage", "usage_folder"]


@dataclass(frozen=True, slots=True)
class UsageHouse:
    """Usage metering over one house. `rules.trouble` says why newer rules are not in force."""

    metering: Metering
    plotting: Plotting
    record: SqlUsageRecord
    rules: WatchedUsage
    remote: RemoteWrite

    def source(self, url: str = "") -> PrometheusSource:
        """The Prometheus of the rules (or at `url`); SettingsError if none is named or no query is."""
        book = self.rules.usage()
        sources = book.sources if not url else _at(book, url)
        if not sources.url or not sources.queries:
            mend = "name prometheus: {url: ..., queries: [...]} in usage.yaml"
            raise SettingsError("no Prometheus is named, or no query", where=NAME, mend=mend)
        return PrometheusSource(sources, book.thresholds.timing.interval)


def open_usage(house: House) -> UsageHouse:
    """Usage metering with the house's database, cases, evidence and audit."""
    rules = WatchedUsage(usage_folder(house.settings))
    record, clock, casework = SqlUsageRecord(house.database), house.enforcing.clock, house.enforcing.casework
    plotting = Plotting(record, rules, clock)
    doorbell = house.reviewing.doorbell
    sink = UsageCasework(casework, house.casebook, house.outbox, house.register, doorbell, rules, plotting, clock)
    content, engine = SqlContentCauses(house.database), VectorEngine()
    metering = Metering(SqlUsageLedger(house.database), record, engine, rules, content, sink, clock)
    remote = RemoteWrite(rules.usage().sources.metrics, house.settings.hook_max_bytes * 8)
    return UsageHouse(metering, plotting, record, rules, remote)


def _at(book: UsageBook, url: str) -> Sources:
    return replace(book.sources, url=url)
