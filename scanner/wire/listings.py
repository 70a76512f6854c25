"""Answers of ListObjectsV2 as marks: a quick way for the form that stores send, and the plain way for any other."""

import re
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote_plus
from xml.etree import ElementTree

from scanner.domain.known import Mark
from scanner.errors import StoreError

_FIRST = re.compile(r"<Contents>(.*?)</Contents>", re.DOTALL)
_TAG = re.compile(r"<(\w+)>[^<]*</\1>|<Owner>.*?</Owner>", re.DOTALL)
_WANTED = ("Key", "ETag", "Size", "LastModified")
_ENCODED = "<EncodingType>url</EncodingType>"
_TOKEN = re.compile(r"<NextContinuationToken>([^<]*)</NextContinuationToken>")
MOST_BYTES = 16 * 1024 * 1024  # of one answer: a thousand keys of a kilobyte each, encoded threefold, and room


@dataclass(frozen=True, slots=True)
class Listed:
    """One answer: the marks in the store's order, and how to go on ("" at the end)."""

    marks: list[Mark]
    token: str
    is_cut: bool


def listed(body: bytes) -> Listed:
    """The answer's marks; StoreError where it is no listing."""
    text = body.decode("utf-8", "replace")
    quick = quickly(text)
    return quick if quick is not None else plainly(body)


def quickly(text: str) -> Listed | None:
    """By one pattern made from the first entry; None where any entry looks otherwise or anything is escaped."""
    first = _FIRST.search(text)
    if first is None or _ENCODED not in text:
        return None
    text = text.replace("&quot;", '"').replace("&#34;", '"')
    if "&" in text or "<!" in text:
        return None
    names = tuple(match[1] or "Owner" for match in _TAG.finditer(first[1].replace("&quot;", '"')))
    if sorted(set(names) & set(_WANTED)) != sorted(_WANTED):
        return None
    pattern, order = _pattern(names)
    rows = pattern.findall(text)
    if len(rows) != text.count("<Contents"):
        return None
    key, etag, size, modified = order
    marks = [(row[key], row[etag], int(row[size]), row[modified]) for row in rows]
    if "%" in text or "+" in text:
        marks = [(unquote_plus(m[0]), m[1], m[2], m[3]) if "%" in m[0] or "+" in m[0] else m for m in marks]
    token = _TOKEN.search(text)
    return Listed(marks, token[1] if token else "", "<IsTruncated>true</IsTruncated>" in text)


def plainly(body: bytes) -> Listed:
    """By the XML library, whatever the order and namespace of the fields."""
    if b"<!" in body:
        raise StoreError("a listing with a document type", where="ListObjectsV2", mend="check the store's endpoint")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - without a document type there is no entity to expand
    except ElementTree.ParseError as error:
        raise StoreError(f"no listing: {error}", where="ListObjectsV2", mend="check the store's endpoint") from error
    fields = {_name(child): child.text or "" for child in root}
    encoded = fields.get("EncodingType") == "url"
    marks = [_mark(child, encoded=encoded) for child in root if _name(child) == "Contents"]
    return Listed(marks, fields.get("NextContinuationToken", ""), fields.get("IsTruncated", "") == "true")


def _mark(entry: ElementTree.Element, *, encoded: bool) -> Mark:
    fields = {_name(child): child.text or "" for child in entry}
    try:
        key = unquote_plus(fields["Key"]) if encoded else fields["Key"]
        return key, fields["ETag"].strip('"'), int(fields["Size"]), fields["LastModified"][:19]
    except (KeyError, ValueError) as error:
        raise StoreError(f"an entry lacks {error}", where="ListObjectsV2", mend="check the store's endpoint") from error


def _name(element: ElementTree.Element) -> str:
    return element.tag.rsplit("}", 1)[-1]


@cache
def _pattern(names: tuple[str, ...]) -> tuple[re.Pattern[str], tuple[int, int, int, int]]:
    """One entry with these fields in this order, and which group is key, ETag, size and time."""
    forms = {
        "Key": "<Key>([^<]*)</Key>",
        "ETag": r'<ETag>"?([^<"]*)"?</ETag>',
        "Size": r"<Size>(\d+)</Size>",
        "LastModified": r"<LastModified>([^<]{19})[^<]*</LastModified>",
        "Owner": "<Owner>(?:<(?:ID|DisplayName)>[^<]*</(?:ID|DisplayName)>)*</Owner>",
    }
    wanted = [name for name in names if name in _WANTED]
    body = r"\s*".join(forms.get(name, f"<{name}>[^<]*</{name}>") for name in names)
    places = [wanted.index(name) for name in _WANTED]
    return re.compile(rf"<Contents>\s*{body}\s*</Contents>"), (places[0], places[1], places[2], places[3])
