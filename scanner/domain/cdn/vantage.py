"""Looking at one URL as several visitors: what differs is no proof of anything, and a reason to look at each."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from scanner.domain.cdn.fetching import BROWSER, Page, Unfetched

_SPIDER = "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)"
_PHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1 MicroMessenger/8.0.50"
)
_BROWSER = dict(BROWSER)
Headers = tuple[tuple[str, str], ...]
VANTAGES: Mapping[str, Headers] = {
    "spider": tuple((_BROWSER | {"User-Agent": _SPIDER}).items()),
    "phone": tuple((_BROWSER | {"User-Agent": _PHONE}).items()),
    "search": tuple((_BROWSER | {"Referer": "https://www.baidu.com/link?url=x"}).items()),
    "again": BROWSER,
    "plain": (("User-Agent", "curl/8.5.0"), ("Accept", "*/*")),
}
RANGE = "range"
PART = 1_024  # bytes of a range that is compared
FIRST_PART = (0, PART - 1)
ALIKE = 0.6  # share of common word runs above which two texts are one page with moving parts
_WORD = re.compile(rb"[0-9A-Za-z]{2,}|[\x80-\xff]{3}")
_RUN = 3
MOST_COMPARED = 256 * 1024  # bytes
_MOST_RUNS = 20_000


@dataclass(frozen=True, slots=True)
class Difference:
    """One vantage that was shown something else, and in what it differs."""

    vantage: str
    what: str


def headers_of(vantage: str) -> Headers:
    """The request headers of a vantage; a browser's for one that is unknown."""
    return VANTAGES.get(vantage, BROWSER)


def differences(main: Page | Unfetched, others: Mapping[str, Page | Unfetched]) -> tuple[Difference, ...]:
    """Each vantage that was shown something else than the browser was. Bodies are given out of their encodings."""
    words = _Words(main.body if isinstance(main, Page) else b"")
    found = ((vantage, _difference(main, other, words)) for vantage, other in others.items())
    return tuple(Difference(vantage, what) for vantage, what in found if what)


def spans(body: bytes) -> tuple[tuple[int, int], ...]:
    """The ranges that are held to a whole: its beginning, its middle and its end."""
    size = len(body)
    if not size:
        return ()
    places = (0, size // 2, max(0, size - PART))
    return tuple(dict.fromkeys((place, min(place + PART, size) - 1) for place in places))


def part_difference(main: Page | Unfetched, part: Page | Unfetched) -> tuple[Difference, ...]:
    """Whether the part that was asked for by a range is that part of the whole.

    A page that is made anew for every visit differs too: whoever asks looks whether the whole is still as it was.
    """
    if isinstance(main, Unfetched):
        return ()
    if isinstance(part, Unfetched):
        lies = part.status in (206, 416)
        return (Difference(RANGE, f"its part is a lie: {part.gap.detail}"),) if lies else ()
    if part.status != 206:
        return ()  # it knows no ranges, and sends the whole once more
    first = part.asked.span[0] if part.asked.span else 0
    told = part.headers.get("content-range", "").rpartition("/")[2]
    if told.isdigit() and int(told) != len(main.body):
        return (Difference(RANGE, f"its ranges are of {told} bytes, the whole has {len(main.body)}"),)
    same = main.body[first : first + len(part.body)] == part.body
    return () if same else (Difference(RANGE, "other bytes come when a part is asked for"),)


def likeness(left: bytes, right: bytes) -> float:
    """The share of common runs of three words, 0…1; equal bytes are 1."""
    return _Words(left).likeness(right)


class _Words:
    """A body that others are compared with; its runs are taken once, and only if one differs."""

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.runs: set[bytes] | None = None

    def likeness(self, other: bytes) -> float:
        if self.body == other:
            return 1.0
        if self.runs is None:
            self.runs = _runs(self.body)
        theirs = _runs(other)
        if not self.runs or not theirs:
            return 0.0
        shared = len(self.runs & theirs)
        return shared / (len(self.runs) + len(theirs) - shared)


def _difference(main: Page | Unfetched, other: Page | Unfetched, words: _Words) -> str:
    if isinstance(main, Unfetched) or isinstance(other, Unfetched):
        if isinstance(main, Unfetched) and isinstance(other, Unfetched):
            return "" if main.status == other.status else f"status {other.status} instead of {main.status}"
        return _half(main, other)
    if main.url != other.url and urlsplit(main.url).hostname != urlsplit(other.url).hostname:
        return f"it ends at {urlsplit(other.url).hostname} instead of {urlsplit(main.url).hostname}"
    if _kind(main) != _kind(other):
        return f"it is {_kind(other) or 'untyped'} instead of {_kind(main) or 'untyped'}"
    if main.headers.get("content-encoding") != other.headers.get("content-encoding"):
        return f"its encoding is {other.headers.get('content-encoding', 'none')}, which is not compared"
    alike = words.likeness(other.body)
    return "" if alike >= ALIKE else f"{alike:.0%} of its words are the same"


def _half(main: Page | Unfetched, other: Page | Unfetched) -> str:
    if isinstance(other, Unfetched):
        return f"it is not served: {other.gap.detail or other.gap.reason.value}"
    return "it is served" if isinstance(main, Unfetched) else ""


def _kind(page: Page) -> str:
    return page.headers.get("content-type", "").partition(";")[0].strip().lower()


def _runs(body: bytes) -> set[bytes]:
    words = _WORD.findall(body[:MOST_COMPARED])[:_MOST_RUNS]
    if len(words) < _RUN:
        return {hashlib.sha256(body).digest()} if body else set()
    return {b" ".join(words[start : start + _RUN]) for start in range(len(words) - _RUN + 1)}
