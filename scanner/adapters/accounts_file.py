"""Whose a bucket is: a CSV of names and accounts that an operator keeps, read anew when it changes."""

import csv
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scanner.errors import SettingsError, UsageError

log = logging.getLogger("aup.accounts")
HEAD = ["name", "account"]
EVERY = 2.0  # seconds between two looks at the file


def read_accounts(file: Path) -> dict[str, str]:
    """Names (buckets, hosts) and their accounts: a CSV with the head line name,account; UsageError names the line."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.reader(lines)
            if next(rows, None) != HEAD:
                raise UsageError(
                    "the head line is not name,account", where=str(file), mend="write `name,account` first"
                )
            found = dict[str, str]()
            for row in filter(None, rows):
                _take(found, row, f"{file}:{rows.line_num}")
            return found
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"cannot be read: {error}", where=str(file), mend="name a CSV file in UTF-8") from error


def accounts_in(file: str) -> Mapping[str, str]:
    """The accounts of buckets in the file of that name; without one every bucket is an account of its own."""
    return AccountsFile(Path(file)) if file else {}


def _take(found: dict[str, str], row: list[str], where: str) -> None:
    cells = [cell.strip() for cell in row]
    if len(cells) != len(HEAD) or not all(cells):
        raise UsageError("is no name and its account", where=where, mend="write for example `site,account-1`")
    name, account = cells
    if found.setdefault(name, account) != account:
        raise UsageError(f"{name} has two accounts: {found[name]} and {account}", where=where, mend="keep one of them")


@dataclass(slots=True)
class AccountsFile(Mapping[str, str]):
    """The accounts of buckets as the file says them now. The first reading must succeed (SettingsError).

    Afterwards a file that is broken changes nothing, and is told in the log once: nobody's bucket loses its owner.
    """

    path: Path
    monotonic: Callable[[], float] = time.monotonic
    _known: dict[str, str] = field(default_factory=dict, init=False)
    _mark: tuple[int, int] = field(default=(0, 0), init=False)
    _looked: float = field(default=0.0, init=False)

    def __post_init__(self) -> None:
        try:
            self._mark, self._known = self._stamp(), read_accounts(self.path)
        except UsageError as error:
            raise SettingsError(f"accounts_file {error.what}", where=error.where, mend=error.mend) from error
        self._looked = self.monotonic()

    def __getitem__(self, name: str) -> str:
        return self._now()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._now())

    def __len__(self) -> int:
        return len(self._now())

    def _now(self) -> Mapping[str, str]:
        now = self.monotonic()
        if now - self._looked >= EVERY:
            self._looked, mark = now, self._stamp()
            if mark != self._mark:
                self._mark = mark
                self._read()
        return self._known

    def _read(self) -> None:
        try:
            self._known = read_accounts(self.path)
        except UsageError as error:
            log.error("the accounts that were read last stay in force: %s", error)

    def _stamp(self) -> tuple[int, int]:
        """Time and size: different after any edit. A file that is away reads as (0, 0)."""
        try:
            stat = self.path.stat()
        except OSError:
            return (0, 0)
        return stat.st_mtime_ns, stat.st_size
