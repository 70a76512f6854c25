"""A metering of its own in memory, for `aup usage simulate` and the benchmarks."""

from pathlib import Path

from scanner.adapters.usage_engine import VectorEngine
from scanner.adapters.usage_memory import FixedUsage, MemoryUsage, NoContent, Noted
from scanner.domain.usage.book import UsageBook
from scanner.rulebook.usage import load_usage
from scanner.services.metering import Metering
from scanner.services.metering_simulation import MovedClock, Simulating


def simulation(rules: Path) -> Simulating:
    """A metering in memory under a proposed usage.yaml."""
    return simulation_of(load_usage(rules.parent, rules.name))


def simulation_of(book: UsageBook) -> Simulating:
    """A metering in memory under a book."""
    rows, clock = MemoryUsage(keep_batches=False), MovedClock()
    metering = Metering(rows, rows, VectorEngine(), FixedUsage(book), NoContent(), Noted(), clock, keeps_state=False)
    return Simulating(metering, clock)
