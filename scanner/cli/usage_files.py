"""Files of samples, snapshots and access logs as `aup usage` takes them."""

import gzip
import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from scanner.adapters.accounts_file import read_accounts
from scanner.domain.usage.book import UsageBook
from scanner.domain.usage.causes import Snapshot
from scanner.domain.usage.samples import RawSample, Refusal, Tally, refused
from scanner.domain.usage.traffic import Access, Traffic, summed
from scanner.errors import UsageError
from scanner.wire.usage_lines import MAX_LINE, csv_samples, json_samples, json_snapshots
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
    yield from read(lines_of(file), file.name)


def read_snapshots(file: Path) -> Iterator[Snapshot | Tally]:
    """The snapshots of JSON lines."""
    yield from json_snapshots(lines_of(file), file.name)


def read_traffic(files: Sequence[Path], form: str, accounts: dict[str, str], book: UsageBook) -> tuple[Traffic, Tally]:
    """What all log files together amount to; the lines that are none, and those of hosts that are nobody's.

    Visitors make hosts up: what belongs to no account is counted and not kept.
    """
    wrong, knows = Tally(), book.entitlements.knows

    def lines() -> Iterator[Access]:
        nonlocal wrong
        for file in files:
            for found in accesses(lines_of(file), form.removesuffix("-log"), file.name):
                if isinstance(found, Tally):
                    wrong += found
                elif knows(accounts.get(found.name, found.name)):
                    yield found
                else:
                    wrong += refused(Refusal.UNKNOWN_ACCOUNT, f"{file.name}: {found.name}")

    traffic = summed(lines(), accounts, book.thresholds.timing.interval)
    return traffic, wrong


def lines_of(file: Path) -> Iterator[str]:
    """The lines of a file, plain or gzip; of a line that is too long its beginning. UsageError for a cut gzip."""
    with file.open("rb") as raw:
        is_packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        packed = gzip.GzipFile(fileobj=raw) if is_packed else raw
        text = io.TextIOWrapper(packed, encoding="utf-8-sig", errors="replace")
        try:
            while line := text.readline(MAX_LINE):
                yield line
                while len(line) == MAX_LINE and not line.endswith("\n"):
                    line = text.readline(MAX_LINE)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            mend = "fetch it again: samples that were taken already count once"
            raise UsageError(f"the gzip is cut off or damaged: {error}", where=str(file), mend=mend) from error


def mapping_of(file: Path | None) -> dict[str, str]:
    """The accounts of buckets and hosts: a CSV with the columns name,account."""
    return read_accounts(file) if file else {}
