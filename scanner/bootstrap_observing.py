"""Which adapter serves what is watched: metrics, logs, traces, the alarm, the canary; and what beats with the sweep."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

from scanner.adapters.alarm_webhook import AlarmWebhook
from scanner.adapters.canary_store import S3CanaryStore
from scanner.adapters.json_logs import set_up_logs
from scanner.adapters.metric_rows import gather
from scanner.adapters.prometheus_text import CONTENT_TYPE, prometheus_text
from scanner.adapters.s3_contents import s3_client
from scanner.adapters.sql_intake import SqlNotes
from scanner.adapters.sql_pruning import SqlPruning
from scanner.adapters.sql_sights import SqlSights
from scanner.adapters.tracing import Tracing, tracing_to
from scanner.adapters.verdict_months import VerdictMonths
from scanner.bootstrap import House
from scanner.bootstrap_beats import each_in_turn
from scanner.bootstrap_gate import open_gating
from scanner.bootstrap_local import default_rules_dir
from scanner.rulebook.cost import measure
from scanner.rulebook.samples import read_samples
from scanner.rulebook.sources import read_sources
from scanner.services.ageing import Ageing
from scanner.services.alarming import Alarming
from scanner.services.canary import Canary
from scanner.services.gating import Gating

__all__ = ["CONTENT_TYPE", "Tending", "Tracing", "open_tending", "render_metrics", "set_up_logs", "tracing_to"]
COSTLY = 50  # rules whose cost is shown


@dataclass(frozen=True, slots=True)
class Tending:
    """What is done again and again beside the sweep. `canary` is None where no bucket is named for it."""

    house: House
    gating: Gating
    alarming: Alarming
    canary: Canary | None
    ageing: Ageing
    notes: SqlNotes

    def beat(self) -> dict[str, int]:
        """Carry the gates' verdicts, look after the canary, check the alarm, add up counters; what was done.

        The alarm is checked whatever the others meet: a store that is away is what it is for.
        """
        return each_in_turn(
            self.gating.advance,
            lambda: {"gates put back": self.gating.watch()},
            lambda: _word("canary", self.canary.beat() if self.canary is not None else ""),
            lambda: _word("alarm", self.alarming.check()),
            lambda: {"counters gathered": gather(self.house.database)},
        )

    def hourly(self) -> dict[str, int]:
        """Months of verdicts and costs of rules; what was done."""
        return each_in_turn(self.ageing.beat, lambda: {"rules measured": self.measure_costs()})

    def measure_costs(self) -> int:
        """Measure what each rule costs, once a rulebook; how many are shown."""
        digest = self.house.rules.current().digest
        if self.notes.note("costs", "digest") == digest:
            return 0
        settings = self.house.settings
        folder = Path(settings.rules_dir) if settings.rules_dir else default_rules_dir()
        samples, _ = read_samples(read_sources(folder))
        costs = measure(self.house.rules.current(), samples).rules
        shown = dict(sorted(costs.items(), key=lambda row: -row[1])[:COSTLY])
        self.notes.save_note("costs", "rules", json.dumps(shown))
        self.notes.save_note("costs", "digest", digest)
        return len(shown)


def _word(part: str, word: str) -> dict[str, int]:
    return {f"{part} {word}": 1} if word else {}


def open_tending(house: House) -> Tending:
    """The services over one house."""
    settings, clock = house.settings, house.intake.clock
    notes, sights = SqlNotes(house.database), SqlSights(house.database)
    canary = None
    if settings.canary_bucket:
        store = S3CanaryStore(s3_client(settings), settings.canary_bucket)
        intake = replace(house.intake, buckets=frozenset())
        canary = Canary(store, intake, house.register, sights.judged_at, notes, clock, settings.canary_seconds)
    alarming = Alarming(
        lambda: sights.oldest(clock.now()),
        canary.late if canary else lambda: "",
        notes,
        house.register,
        AlarmWebhook(settings.alarm_url, settings.alarm_secret),
        clock,
        settings.alarm_seconds,
    )
    prune, days = SqlPruning(house.database).prune, settings.request_days
    ageing = Ageing(VerdictMonths(house.database), house.intake, clock, settings.verdict_months, prune, days)
    return Tending(house, open_gating(house), alarming, canary, ageing, notes)


def render_metrics(house: House) -> bytes:
    """Prometheus text (`CONTENT_TYPE`) from the database, in bounded questions."""
    return prometheus_text(SqlSights(house.database).look(house.intake.clock.now()))
