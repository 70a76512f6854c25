"""Labelled content to measure rules on: a manifest of files, or lines of text; read one by one, never as a whole."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from scanner.domain.content import Sample
from scanner.errors import UsageError

MANIFEST = "manifest.jsonl"
MAX_FILE = 64 * 1024 * 1024
NEGATIVE_FOR = {"fraud": frozenset({"3.1.3.7"}), "abuse": frozenset({"3.1.3.5.5", "3.1.3.5.7"})}


@dataclass(frozen=True, slots=True)
class Item:
    """One labelled content: a file (`path`), a text, or bytes. `neg_for` limits what a benign text is benign for."""

    name: str
    label: str
    clause: str
    cat: str
    tier: str = ""
    split: str = ""
    repo: str = ""
    neg_for: str = ""
    path: Path | None = None
    text: str = ""
    data: bytes = b""

    @property
    def bad(self) -> bool:
        """Whether it should be found."""
        return self.label == "malicious"

    def sample(self) -> Sample:
        """Its bytes, as detection takes them."""
        if self.path:
            return Sample(self.name, self.path.read_bytes()[:MAX_FILE])
        return Sample(self.name, self.data or self.text.encode("utf-8", "surrogatepass"))

    def counts_against(self, clause: str) -> bool:
        """Whether a hit of a rule under that clause is a false one."""
        return not self.bad and clause in NEGATIVE_FOR.get(self.neg_for, (clause,))


def read_corpus(path: Path) -> Iterator[Item]:
    """The items of a folder with a manifest, of a manifest, or of text lines (`.jsonl` or `.jsonl.gz`)."""
    file = path / MANIFEST if path.is_dir() else path
    if not file.is_file():
        mend = f"name a folder with {MANIFEST}, a manifest, or text lines as .jsonl or .jsonl.gz"
        raise UsageError("there is no such corpus", where=str(file), mend=mend)
    with _opened(file) as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _item(line, file, number)


def _opened(file: Path) -> TextIO:
    if file.suffix == ".gz":
        return gzip.open(file, "rt", encoding="utf-8")
    return file.open(encoding="utf-8")


def _item(line: str, file: Path, number: int) -> Item:
    try:
        row: dict[str, Any] = json.loads(line)
        path = file.parent / row["path"] if "path" in row else None
        name = row.get("name") or (path.name if path else "message.txt")
        return Item(
            name,
            row["label"],
            row["clause"],
            row.get("cat", "") or row["clause"],
            row.get("tier", ""),
            row.get("split", ""),
            row.get("repo", ""),
            row.get("neg_for", ""),
            path,
            row.get("text", ""),
        )
    except (ValueError, KeyError, TypeError) as error:
        mend = "a line needs path or text, label (malicious or benign) and clause"
        raise UsageError(f"is no manifest line: {error!r}", where=f"{file}:{number}", mend=mend) from error
