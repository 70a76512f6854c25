"""S3 Inventory: every row has its fate, a damaged file is told, and a run goes on where it was broken off."""

import gzip
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice

import pytest

from scanner.adapters.memory import FixedClock, MemoryDoorbell, MemoryStore
from scanner.domain.content import Subject
from scanner.errors import ContentError
from scanner.services.intake import Intake
from scanner.services.inventorying import Inventorying

SCHEMA = "Bucket, Key, VersionId, IsLatest, IsDeleteMarker, Size, LastModifiedDate, ETag"


@dataclass
class Shelf:
    """Files and notes in memory."""

    files: dict[str, bytes]
    kept: dict[tuple[str, str], str] = field(default_factory=dict)
    opened: list[str] = field(default_factory=list)

    def pieces(self, bucket: str, key: str) -> Iterator[bytes]:
        self.opened.append(key)
        body = self.files[key]
        yield from (body[start : start + 700] for start in range(0, len(body), 700))

    def note(self, kind: str, name: str) -> str:
        return self.kept.get((kind, name), "")

    def notes(self, kind: str) -> dict[str, str]:
        return {name: text for (known, name), text in self.kept.items() if known == kind}

    def save_note(self, kind: str, name: str, document: str) -> None:
        self.kept[kind, name] = document


def row(key: str, version: str = "v1", latest: str = "true", marker: str = "false", bucket: str = "tenant") -> str:
    return f'"{bucket}","{key}","{version}","{latest}","{marker}","3","2026-03-01T00:00:00.000Z","e"'


def shelf(*files: list[str], schema: str = SCHEMA, form: str = "CSV") -> Shelf:
    packed = {f"data/{n}.csv.gz": gzip.compress("\n".join(rows).encode() + b"\n") for n, rows in enumerate(files)}
    listed = [{"key": k, "size": len(b), "MD5checksum": hashlib.md5(b).hexdigest()} for k, b in packed.items()]
    manifest = {"sourceBucket": "tenant", "fileFormat": form, "fileSchema": schema, "files": listed}
    return Shelf({"manifest.json": json.dumps(manifest).encode(), **packed})


def inventorying(stand: Shelf, store: MemoryStore, known: frozenset[str] = frozenset()) -> Inventorying:
    intake = Intake(store, MemoryDoorbell(), FixedClock(), frozenset({"tenant"}))

    def good(subject: Subject) -> bool:
        return subject.key in known

    return Inventorying(stand, stand, intake, good)


def keys(store: MemoryStore) -> list[str]:
    return [row.owed.subject.key for row in store.rows.values()]


def test_every_row_has_one_fate_and_they_add_up() -> None:
    rows = [row("a%2Fb+c"), row("gone", marker="true"), row("a%2Fb+c", "v0", latest="false"), row("known")]
    stand, store = shelf(rows, [row("x", bucket="other"), row("d")]), MemoryStore()
    *_, last = inventorying(stand, store, frozenset({"known"})).run("lists", "manifest.json")
    assert dict(last.counts) == {
        "requested": 2, "delete-marker": 1, "older-version": 1, "unchanged": 1, "unknown-bucket": 1,
    }  # fmt: skip
    assert (last.seen, last.is_done, keys(store)) == (6, True, ["a/b c", "d"])


def test_older_versions_are_requested_where_they_are_asked_for() -> None:
    stand, store = shelf([row("a", "v1"), row("a", "v0", latest="false")]), MemoryStore()
    list(inventorying(stand, store).run("lists", "manifest.json", versions=True))
    assert [r.owed.subject.version_id for r in store.rows.values()] == ["v1", "v0"]


def test_a_version_from_before_versioning_is_asked_for_by_its_name_where_a_newer_one_lies_above_it() -> None:
    stand, store = shelf([row("a", "v1"), row("a", "null", latest="false"), row("b", "null")]), MemoryStore()
    list(inventorying(stand, store).run("lists", "manifest.json", versions=True))
    assert [r.owed.subject.version_id for r in store.rows.values()] == ["v1", "null", ""]


def test_a_run_that_was_broken_off_goes_on_and_files_nothing_twice() -> None:
    rows = [row(f"k{n:05}") for n in range(2_500)]
    stand, store = shelf(rows, [row("last")]), MemoryStore()
    [first] = islice(inventorying(stand, store).run("lists", "manifest.json"), 1)
    assert (first.seen, len(store.rows)) == (1_000, 1_000)
    *_, last = inventorying(stand, store).run("lists", "manifest.json")
    assert (last.seen, last.is_done, len(store.rows)) == (2_501, True, 2_501)
    assert list(inventorying(stand, store).run("lists", "manifest.json"))[-1].seen == 2_501
    assert len(store.rows) == 2_501


@pytest.mark.parametrize("spoil", ["cut", "flipped", "plain", "columns", "long"])
def test_a_damaged_file_is_told_with_its_name(spoil: str) -> None:
    stand = shelf([row("a"), row("b")])
    name = "data/0.csv.gz"
    body = stand.files[name]
    stand.files[name] = {
        "cut": body[:-12],
        "flipped": gzip.compress(b'"tenant","z","v","true","false","3","d","e"\n'),
        "plain": b"not packed at all",
        "columns": gzip.compress(b'"tenant","a"\n'),
        "long": gzip.compress(b'"' + b"a" * 40_000),
    }[spoil]
    with pytest.raises(ContentError, match=r"data/0\.csv\.gz"):
        list(inventorying(stand, MemoryStore()).run("lists", "manifest.json"))


@pytest.mark.parametrize(
    ("schema", "form", "told"), [("Bucket", "CSV", "lacks Key"), (SCHEMA, "ORC", "fileFormat is ORC")]
)
def test_an_inventory_of_another_form_is_refused(schema: str, form: str, told: str) -> None:
    with pytest.raises(ContentError, match=told):
        list(inventorying(shelf([row("a")], schema=schema, form=form), MemoryStore()).run("lists", "manifest.json"))


def test_a_bomb_of_one_endless_line_is_stopped_at_its_bound() -> None:
    stand = shelf([row("a")])
    stand.files["data/0.csv.gz"] = gzip.compress(b"a" * 50_000_000)
    with pytest.raises(ContentError, match="a line over"):
        list(inventorying(stand, MemoryStore()).run("lists", "manifest.json"))
