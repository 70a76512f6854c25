"""Files of samples, snapshots and access logs as `aup usage` takes them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from scanner.adapters.accounts_file import read_accounts
from scanner.domain.usage.causes import Snapshot
from scanner.domain.usage.samples import RawSample, Tally
from scanner.domain.usage.traffic import Access, Traffic, summed
from scanner.errors import UsageError
from scanner.wire.usage_lines import csv_samples, json_samples, json_snapshots
from scanner.wire.usage_logs import accesses

FORMS = ("csv", "json", "snapshots", "s3-log", "combined-log", "json-log")


def form_of(file: Path) -> str:
    """What a file is by its name."""
    return "json" if file.suffix in (".json", ".jsonl", ".ndjson") else "csv"


def read_samples(file: Path, form: str) -> Iterator[RawSample | Tally]:
    """The samples of a CSV or of JSON lines."""
    if form not in ("csv", "json"):
        raise UsageError(f"{form} files hold no samples", where=str(file), mend="use --as csv or --as json")
    read = csv_samples if form == "csv" else json_samples
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        yield from read(lines, file.name)


def read_snapshots(file: Path) -> Iterator[Snapshot | Tally]:
    """The snapshots of JSON lines."""
    with file.open(encoding="utf-8", errors="replace") as lines:
        yield from json_snapshots(lines, file.name)


def read_traffic(files: Sequence[Path], form: str, accounts: dict[str, str], interval: int) -> tuple[Traffic, Tally]:
    """What all log files together amount to, and the lines that are none."""
    wrong = Tally()

    def lines() -> Iterator[Access]:
        nonlocal wrong
        for file in files:
            with file.open(encoding="utf-8", errors="replace") as text:
                for found in accesses(text, form.removesuffix("-log"), file.name):
                    if isinstance(found, Tally):
                        wrong += found
                    else:
                        yield found

    traffic = summed(lines(), accounts, interval)
    return traffic, wrong


def mapping_of(file: Path | None) -> dict[str, str]:
    """The accounts of buckets and hosts: a CSV with the columns name,account."""
    return read_accounts(file) if file else {}
