"""The usage rules in force: read anew when the file changes, the last good ones kept when the newer are refused."""

from dataclasses import dataclass
from pathlib import Path

from scanner.domain.usage.book import UsageBook
from scanner.errors import RuleError
from scanner.rulebook.usage import NAME, load_usage

Seen = tuple[tuple[int, int], ...]


@dataclass(slots=True)
class WatchedUsage:
    """usage.yaml of a folder. The first reading must succeed; later ones that fail leave their reason in `trouble`."""

    folder: Path
    name: str = NAME
    book: UsageBook | None = None
    seen: Seen = ()
    trouble: str = ""

    def usage(self) -> UsageBook:
        """The last good book; RuleError if there never was one."""
        now = self._stamps()
        if self.book is None:
            self.book, self.seen = load_usage(self.folder, self.name), now
        elif now != self.seen:
            self.seen = now
            try:
                self.book, self.trouble = load_usage(self.folder, self.name), ""
            except RuleError as error:
                self.trouble = str(error)
        return self.book

    def _stamps(self) -> Seen:
        files = [self.folder / self.name, *sorted(self.folder.glob("*.csv"))]
        stats = [file.stat() for file in files if file.exists()]
        return tuple((stat.st_mtime_ns, stat.st_size) for stat in stats)
