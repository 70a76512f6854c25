"""S3 Inventory: the manifest, and its gzipped CSV files as a bounded stream of rows."""

import csv
import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_plus

from scanner.domain.content import Subject
from scanner.errors import ContentError

MANIFEST_BYTES = 32 * 1024 * 1024
FILE_COUNT = 100_000
LINE_BYTES = 16 * 1024  # a key has 1,024 bytes at most, in the file three times that
PIECE = 1024 * 1024
NEEDED = ("Bucket", "Key")


@dataclass(frozen=True, slots=True)
class InventoryFile:
    """One data file: its key, packed size, and MD5 in hex ("" where none is told)."""

    key: str
    size: int
    md5: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an inventory is of, its columns, and its files in order."""

    source: str
    columns: tuple[str, ...]
    files: tuple[InventoryFile, ...]


@dataclass(frozen=True, slots=True)
class InventoryRow:
    """One line: the version, whether it is the newest, and whether it is a delete marker."""

    subject: Subject
    latest: bool
    marker: bool


def read_manifest(body: bytes, where: str) -> Manifest:
    """The manifest; ContentError names what is wrong with it."""
    try:
        stated: dict[str, Any] = json.loads(body)
        columns = tuple(part.strip() for part in stated["fileSchema"].split(","))
        rows = [(str(f["key"]), int(f.get("size", 0)), str(f.get("MD5checksum", ""))) for f in stated["files"]]
        source, form = str(stated["sourceBucket"]), str(stated["fileFormat"])
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        mend = "name the inventory's manifest.json"
        raise ContentError(f"is no inventory manifest: {error!r}", where=where, mend=mend) from error
    if form != "CSV":
        raise ContentError(f"fileFormat is {form}", where=where, mend="let the inventory be written as CSV")
    if missing := [name for name in NEEDED if name not in columns]:
        raise ContentError(f"fileSchema lacks {missing[0]}", where=where, mend="add the column to the inventory")
    if len(rows) > FILE_COUNT:
        raise ContentError(f"{len(rows)} files; the limit is {FILE_COUNT}", where=where, mend="split by prefix")
    return Manifest(source, columns, tuple(InventoryFile(*row) for row in rows))


def inventory_rows(manifest: Manifest, file: InventoryFile, pieces: Iterator[bytes]) -> Iterator[InventoryRow]:
    """Rows of one file as its packed bytes come; ContentError if it is damaged, at the latest at its end."""
    md5 = hashlib.md5(usedforsecurity=False)
    for line in _lines(_unpacked(_summed(pieces, md5), file.key), file.key):
        yield _row(manifest, file.key, line)
    if file.md5 and md5.hexdigest() != file.md5:
        raise ContentError("its MD5 is not the manifest's", where=file.key, mend="take a newer inventory")


def _summed(pieces: Iterator[bytes], md5: Any) -> Iterator[bytes]:
    for piece in pieces:
        md5.update(piece)
        yield piece


def _unpacked(pieces: Iterator[bytes], where: str) -> Iterator[bytes]:
    """The unpacked bytes, at most PIECE at a time, all members of the file."""
    engine, began = zlib.decompressobj(31), False
    try:
        for piece in pieces:
            rest = piece
            while rest:
                if engine.eof:
                    engine, began = zlib.decompressobj(31), False
                yield engine.decompress(rest, PIECE)
                began = True
                rest = engine.unconsumed_tail or engine.unused_data
    except zlib.error as error:
        raise ContentError(f"is no gzip file: {error}", where=where, mend="take a newer inventory") from error
    if began and not engine.eof:
        raise ContentError("ends in the middle", where=where, mend="take a newer inventory")


def _lines(pieces: Iterator[bytes], where: str) -> Iterator[str]:
    """Lines; keys are percent-encoded there, so that none holds a line break."""
    held = b""
    for piece in pieces:
        *whole, held = (held + piece).split(b"\n")
        if len(held) > LINE_BYTES or any(len(line) > LINE_BYTES for line in whole):
            raise ContentError(f"a line over {LINE_BYTES} bytes", where=where, mend="is it an inventory file?")
        yield from (line.decode("utf-8", "replace") for line in whole if line.strip())
    if held.strip():
        yield held.decode("utf-8", "replace")


def _row(manifest: Manifest, where: str, line: str) -> InventoryRow:
    values: Sequence[str] = next(csv.reader([line]), [])
    if len(values) != len(manifest.columns):
        what = f"{len(values)} columns of {len(manifest.columns)} in {line[:80]!r}"
        raise ContentError(what, where=where, mend="take a newer inventory")
    told = dict(zip(manifest.columns, values, strict=True))
    size, latest, marker = told.get("Size", ""), told.get("IsLatest", "true"), told.get("IsDeleteMarker", "false")
    version, is_latest = told.get("VersionId", ""), latest.lower() != "false"
    subject = Subject(
        told["Bucket"],
        unquote_plus(told["Key"]),
        "" if version == "null" and is_latest else version,  # beneath a newer one it has to be asked for by that name
        told.get("ETag", "").strip('"'),
        int(size) if size.isdigit() else 0,
        modified=told.get("LastModifiedDate", ""),
    )
    return InventoryRow(subject, is_latest, marker.lower() == "true")
