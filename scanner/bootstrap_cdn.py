"""CDN content over one house: finding, taking down, looking again."""

from dataclasses import dataclass
from datetime import timedelta

from scanner.adapters.cdn_budgets import SqlBudgets
from scanner.adapters.cdn_domains import SqlStops
from scanner.adapters.cdn_memory import SqlMemories
from scanner.adapters.cdn_returned import SqlSightings
from scanner.adapters.sql_desk import SqlDesk
from scanner.adapters.sql_enforcement import SqlEnforcement
from scanner.adapters.sql_sketches import SqlSketches
from scanner.bootstrap import House, open_house
from scanner.bootstrap_web import cdn_settings, fetcher_of, looking_of, purging_of
from scanner.services.cdn_budgeting import Budgeting
from scanner.services.cdn_exploring import Exploring
from scanner.services.cdn_finding import Finding
from scanner.services.cdn_looking import Looking
from scanner.services.cdn_purging import Purging
from scanner.services.cdn_reappearing import Reappearing
from scanner.services.cdn_stopping import Stopping
from scanner.services.widening import Widening
from scanner.settings import Settings
from scanner.wire.cdn_config import CdnSettings

FORGOTTEN = timedelta(days=90)  # after which nothing is remembered of a URL that nobody read


@dataclass(frozen=True, slots=True)
class CdnHouse:
    """Everything of CDN content over one house."""

    house: House
    settings: CdnSettings
    finding: Finding
    purging: Purging
    looking: Looking
    exploring: Exploring
    reappearing: Reappearing
    stopping: Stopping

    def beat(self) -> dict[str, int]:
        """All that is done on a schedule: purges, content that is back, URLs whose turn has come; counts by word."""
        sent, polled = self.purging.push(), self.purging.poll()
        counts = {f"purges {word}": count for word, count in (sent + polled).items()}
        more = {
            "reopened": len(self.reappearing.sweep()),
            "URLs that waited": len(self.finding.resume().ids),
            "days forgotten": self.finding.budgeting.forget(),
            "URLs forgotten": self.exploring.memories.prune(self.finding.clock.now() - FORGOTTEN),
        }
        return counts | {word: count for word, count in more.items() if count}


def open_cdn(settings: Settings) -> CdnHouse:
    """The services over the settings."""
    return cdn_over(open_house(settings, role="cli"))


def cdn_over(house: House) -> CdnHouse:
    """The services over a house that is open."""
    clock, found = house.enforcing.clock, cdn_settings(house.settings)
    return CdnHouse(
        house,
        found,
        Finding(found.domains, house.intake, Budgeting(SqlBudgets(house.database), found.domains, clock), clock),
        purging_of(found, house.database, clock),
        looking_of(house.settings, found, clock),
        Exploring(fetcher_of(house.settings), found.domains, house.intake, clock, SqlMemories(house.database)),
        _reappearing(house),
        _stopping(house, found),
    )


def _reappearing(house: House) -> Reappearing:
    database, clock = house.database, house.enforcing.clock
    near = (SqlSketches(database), SqlDesk(database))
    return Reappearing(SqlSightings(database), house.casebook, house.register, clock, *near)


def _stopping(house: House, found: CdnSettings) -> Stopping:
    clock, doorbell = house.enforcing.clock, house.reviewing.doorbell
    rights = SqlEnforcement(house.database)
    widening = Widening(rights, house.casebook, house.outbox, house.register, doorbell, clock)
    return Stopping(widening, found.domains, frozenset(found.providers), SqlStops(house.database), house.outbox)
