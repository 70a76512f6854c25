"""What a page or a playlist leads to: bounded, in the order in which it stands there, by no parser that could choke."""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from scanner.domain.cdn.urls import Url, read_link
from scanner.errors import ContentError

MOST_BYTES = 2 * 1024 * 1024  # of a page looked through
MOST_LINKS = 200
MOST_SEGMENTS = 6  # of one playlist: from its beginning, middle and end
HLS, DASH = "application/vnd.apple.mpegurl", "application/dash+xml"
_VALUE = re.compile(rb"""=\s{0,9}(?:"([^"<>]{1,4096})"|'([^'<>]{1,4096})')""")
_SIGN = re.compile(rb"""=(?=[\s"'])""")
_BARE = re.compile(rb"""(?:href|src|action|poster)\s{0,9}=\s{0,9}([^\s"'<>=`]{1,4096})""", re.I)  # no quotation marks
_NAMES = (b"href", b"src", b"action", b"poster")  # attributes whose names end so
_NAME_AND_SPACES = 15  # bytes before the sign that are looked at
_REFRESH = re.compile(
    rb"""http-equiv\s{0,9}=\s{0,9}["']?refresh["']?[^<>]{0,200}?url\s{0,9}=\s{0,9}['"]?([^'"<>\s]{1,4096})""", re.I
)
_URI = re.compile(r'URI="([^"]{1,4096})"')
_MEDIA = re.compile(rb'(?:media|initialization|sourceURL)\s{0,9}=\s{0,9}"([^"<>]{1,4096})"')
_BASE = re.compile(rb"<BaseURL[^<>]{0,200}>([^<>]{1,4096})</BaseURL>")
_START = re.compile(rb'startNumber="(\d{1,12})"')
_IDS = re.compile(rb'<Representation[^<>]{0,2000}?\bid="([^"<>]{1,200})"')
_NUMBER = re.compile(r"\$Number(?:%0(\d{1,2})d)?\$")


@dataclass(frozen=True, slots=True)
class Led:
    """One URL that a content leads to; `kind` is link, segment or playlist."""

    url: Url
    kind: str


def kind_of(url: str, media_type: str, body: bytes) -> str:
    """page, hls, dash or "" for what leads nowhere."""
    declared, head = media_type.partition(";")[0].strip().lower(), body[:512].lstrip()
    if head.startswith(b"#EXTM3U") or declared in (HLS, "application/x-mpegurl", "audio/mpegurl"):
        return "hls"
    if declared == DASH or b"<MPD" in head:
        return "dash"
    page = declared in ("text/html", "application/xhtml+xml") or head[:15].lower().startswith(
        (b"<!doctype html", b"<html")
    )
    return "page" if page else ""


def led(page: Url, kind: str, body: bytes) -> tuple[list[Led], int]:
    """Where a content leads, bounded; and how many parts of a playlist were not drawn."""
    if kind == "page":
        return _read(page, _page(body[:MOST_BYTES])), 0
    found, left = {"hls": _hls, "dash": _dash}[kind](body[:MOST_BYTES])
    return _read(page, found), left


def same_site(left: str, right: str) -> bool:
    """Whether two hosts belong together: one is the other, or below it, or both are below the same three labels."""
    if left == right or left.endswith("." + right) or right.endswith("." + left):
        return True
    one, two = left.split("."), right.split(".")
    return len(one) > 2 and len(two) > 2 and one[-2:] == two[-2:] and len(one[-2]) > 3


def _read(page: Url, found: Iterable[tuple[str, str]]) -> list[Led]:
    seen: dict[str, Led] = {}
    for text, kind in found:
        try:
            url = read_link(text, page)
        except ContentError:
            continue  # mailto:, javascript: and the like lead to no content of the CDN's
        seen.setdefault(url.text, Led(url, kind))
        if len(seen) >= MOST_LINKS:
            break
    return list(seen.values())


def _page(body: bytes) -> Iterator[tuple[str, str]]:
    for match in _REFRESH.finditer(body) if b"http-equiv" in body.lower() else ():
        yield _text(match[1]), "link"
    for sign in _SIGN.finditer(body):
        start = sign.start()
        if body[max(0, start - _NAME_AND_SPACES) : start].rstrip().lower().endswith(_NAMES):
            value = _VALUE.match(body, start)
            if value is not None:
                yield _text(value[1] or value[2]), "link"
    for match in _BARE.finditer(body):
        yield _text(match[1]), "link"


def _hls(body: bytes) -> tuple[list[tuple[str, str]], int]:
    """Variants and renditions are playlists; of segments, some from the beginning, the middle and the end."""
    lines = [line.strip() for line in body.decode("utf-8", "replace").splitlines()]
    master = any(line.startswith("#EXT-X-STREAM-INF") for line in lines)
    named = [match[1] for line in lines if line.startswith("#EXT") for match in _URI.finditer(line)]
    plain = [line for line in lines if line and not line.startswith("#")]
    kind = "playlist" if master else "segment"
    spread = plain[:MOST_LINKS] if master else _spread(plain)
    drawn = [(text, kind) for text in (*spread, *named[:MOST_SEGMENTS])]
    return drawn, len(plain) + len(named) - len(drawn)


def _dash(body: bytes) -> tuple[list[tuple[str, str]], int]:
    """Whole files by BaseURL, listed segments, and the first numbers of a template."""
    found = [(_text(match[1]), "segment") for match in _BASE.finditer(body)]
    start = int(match[1]) if (match := _START.search(body)) else 1
    ids = [_text(match[1]) for match in _IDS.finditer(body)][:MOST_SEGMENTS] or [""]
    plain: list[str] = []
    for match in _MEDIA.finditer(body):
        template = _text(match[1])
        plain += _filled(template, start, ids) if "$" in template else [template]
        if len(plain) > MOST_LINKS:
            break
    spread = _spread(plain)
    return found + [(text, "segment") for text in spread], len(plain) - len(spread)


def _filled(template: str, start: int, ids: list[str]) -> list[str]:
    """The first two numbers of a template for each representation."""
    texts = [_numbered(template, number) for number in ((start, start + 1) if "$Number" in template else (start,))]
    return [text.replace("$RepresentationID$", name).replace("$Time$", "0") for text in texts for name in ids]


def _numbered(template: str, number: int) -> str:
    def digits(match: re.Match[str]) -> str:
        return str(number).zfill(int(match[1] or 1))

    return _NUMBER.sub(digits, template)


def _spread(texts: list[str]) -> list[str]:
    """The first, the middle and the last ones."""
    if len(texts) <= MOST_SEGMENTS:
        return texts
    third, middle = MOST_SEGMENTS // 3, len(texts) // 2
    return texts[:third] + texts[middle : middle + third] + texts[-third:]


def _text(raw: bytes) -> str:
    return html.unescape(raw.decode("utf-8", "replace")).strip()
