"""Listings: objects (both forms) and versions, with prefixes, delimiters and pages."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote

from localstore.access import require
from localstore.values import Answer, Asked, Bucket, RefusalError, Version
from localstore.world import World
from localstore.xmltext import document, iso, tag

PAGE = 1000


@dataclass(frozen=True, slots=True)
class _Page:
    rows: list[tuple[str, Version]]
    prefixes: list[str]
    last: tuple[str, str] | None  # key and version id to go on after; None at the end


def list_objects(world: World, asked: Asked) -> Answer:
    """ListObjects and ListObjectsV2."""
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:ListBucket")
    second = asked.query.get("list-type") == "2"
    token = asked.query.get("continuation-token", "")
    after = _untoken(token) if token else asked.query.get("start-after" if second else "marker", "")
    current = [(key, versions[-1]) for key, versions in _sorted(bucket) if not versions[-1].marker]
    page, spell = _page(asked, [row for row in current if row[0] > after], after), _spelling(asked)
    rows = "".join(f"<Contents>{_row(key, version, spell)}</Contents>" for key, version in page.rows)
    parts = [_head(asked, bucket, spell), tag("IsTruncated", str(page.last is not None).lower())]
    if second:
        parts += [tag("KeyCount", len(page.rows) + len(page.prefixes))]
        parts += [tag("NextContinuationToken", _token(page.last[0]))] if page.last else []
    else:
        parts += [tag("Marker", spell(after)), tag("NextMarker", spell(page.last[0])) if page.last else ""]
    return document("ListBucketResult", "".join((*parts, rows, _prefixes(page, spell))))


def list_versions(world: World, asked: Asked) -> Answer:
    """ListObjectVersions: newest first within a key, delete markers too."""
    bucket = world.bucket(asked.bucket)
    require(asked, bucket, "s3:ListBucketVersions")
    marker = (asked.query.get("key-marker", ""), asked.query.get("version-id-marker", ""))
    rows = [(key, version) for key, versions in _sorted(bucket) for version in reversed(versions)]
    page, spell = _page(asked, _rest(rows, marker), marker[0]), _spelling(asked)
    lines = "".join(_version_row(bucket, key, version, spell) for key, version in page.rows)
    parts = [_head(asked, bucket, spell), tag("IsTruncated", str(page.last is not None).lower())]
    if page.last:
        parts += [tag("NextKeyMarker", spell(page.last[0])), tag("NextVersionIdMarker", page.last[1])]
    return document("ListVersionsResult", "".join((*parts, lines, _prefixes(page, spell))))


def _rest(rows: list[tuple[str, Version]], marker: tuple[str, str]) -> list[tuple[str, Version]]:
    key, version_id = marker
    if not version_id:
        return [row for row in rows if row[0] > key]
    place = next((n for n, row in enumerate(rows) if (row[0], row[1].version_id) == marker), None)
    return [row for row in rows if row[0] > key] if place is None else rows[place + 1 :]


def _page(asked: Asked, rows: list[tuple[str, Version]], after: str) -> _Page:
    prefix, delimiter = asked.query.get("prefix", ""), asked.query.get("delimiter", "")
    limit = min(PAGE, _number(asked.query.get("max-keys", str(PAGE))))
    kept: list[tuple[str, Version]] = []
    prefixes: dict[str, None] = {}
    last: tuple[str, str] | None = None
    for key, version in rows:
        if not key.startswith(prefix):
            continue
        end = key.find(delimiter, len(prefix)) if delimiter else -1
        common = key[: end + len(delimiter)] if end >= 0 else ""
        if common and (common in prefixes or (after and after.startswith(common))):
            last = (key, version.version_id) if last else last
            continue
        if len(kept) + len(prefixes) >= limit:
            return _Page(kept, list(prefixes), last)
        if common:
            prefixes[common] = None
        else:
            kept.append((key, version))
        last = (key, version.version_id)
    return _Page(kept, list(prefixes), None)


def _sorted(bucket: Bucket) -> list[tuple[str, list[Version]]]:
    return sorted(bucket.keys.items(), key=lambda row: row[0].encode())


def _head(asked: Asked, bucket: Bucket, spell: Callable[[str], str]) -> str:
    fields = {"Name": bucket.name, "Prefix": spell(asked.query.get("prefix", ""))}
    fields["MaxKeys"] = str(min(PAGE, _number(asked.query.get("max-keys", str(PAGE)))))
    if asked.query.get("delimiter"):
        fields["Delimiter"] = spell(asked.query["delimiter"])
    if asked.query.get("encoding-type"):
        fields["EncodingType"] = asked.query["encoding-type"]
    return "".join(tag(name, value) for name, value in fields.items())


def _row(key: str, version: Version, spell: Callable[[str], str]) -> str:
    return "".join(
        (
            tag("Key", spell(key)),
            tag("LastModified", iso(version.modified)),
            tag("ETag", f'"{version.etag}"'),
            tag("Size", len(version.data)),
            tag("StorageClass", "STANDARD"),
        )
    )


def _version_row(bucket: Bucket, key: str, version: Version, spell: Callable[[str], str]) -> str:
    newest = str(bucket.current(key) is version).lower()
    names = tag("VersionId", version.version_id) + tag("IsLatest", newest)
    if version.marker:
        inner = tag("Key", spell(key)) + names + tag("LastModified", iso(version.modified))
        return f"<DeleteMarker>{inner}</DeleteMarker>"
    return f"<Version>{_row(key, version, spell)}{names}</Version>"


def _prefixes(page: _Page, spell: Callable[[str], str]) -> str:
    return "".join(f"<CommonPrefixes>{tag('Prefix', spell(prefix))}</CommonPrefixes>" for prefix in page.prefixes)


def _spelling(asked: Asked) -> Callable[[str], str]:
    if asked.query.get("encoding-type") == "url":
        return lambda value: quote(value, safe="/-_.~*'()!")
    return lambda value: value


def _number(value: str) -> int:
    if not value.isdigit():
        raise RefusalError(400, "InvalidArgument", "Provided max-keys not an integer or within integer range")
    return int(value)


def _token(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode()


def _untoken(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token).decode()
    except ValueError as error:
        raise RefusalError(400, "InvalidArgument", "The continuation token provided is incorrect") from error
