"""URLs that content must not lead to: an operator's list, and what was condemned already. Matched in one spelling.

A URL is looked up as Safe Browsing does: the hash of every host suffix with every path prefix of it. A list holds
URLs, host/path beginnings, or hash prefixes (hexadecimal, four bytes or more), so it can be shared without its words.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from scanner.domain.cdn.urls import Url, read_url
from scanner.errors import ContentError, SettingsError

PREFIX = 4  # bytes looked up first; a longer hash is then compared whole
_HEX = re.compile(r"[0-9a-f]{8,64}")
MOST = 2_000_000


@dataclass(frozen=True, slots=True)
class UrlSet:
    """Hashes by their first four bytes, each with the name of the list that it stands on.

    `hosts` are those of all entries, so that other hosts need no hashing; None where some entry is only a hash.
    """

    table: Mapping[bytes, tuple[tuple[bytes, str], ...]] = field(default_factory=dict)
    hosts: frozenset[str] | None = frozenset()

    @staticmethod
    def of(lines: Iterable[tuple[str, str]]) -> "UrlSet":
        """From (line, name of its list); SettingsError names a line that is neither URL, host nor hash."""
        table: dict[bytes, tuple[tuple[bytes, str], ...]] = {}
        hosts: set[str] | None = set()
        for number, (line, name) in enumerate(lines, 1):
            text = line.partition(" #")[0].strip()
            if not text or text.startswith("#"):
                continue
            if number > MOST:
                raise SettingsError(f"has more than {MOST} lines", where=name, mend="split it by clause or region")
            digest, host = _digest(text, name, number)
            if not host:
                hosts = None
            elif hosts is not None:
                hosts.add(host)
            table[digest[:PREFIX]] = (*table.get(digest[:PREFIX], ()), (digest, name))
        return UrlSet(table, None if hosts is None else frozenset(hosts))

    def listed(self, url: Url) -> str:
        """The name of the list that the URL, or what it lies below, stands on; "" if it stands on none."""
        if not self.table or (self.hosts is not None and self.hosts.isdisjoint(_hosts(url))):
            return ""
        for expression in expressions(url):
            digest = hashlib.sha256(expression.encode()).digest()
            for held, name in self.table.get(digest[:PREFIX], ()):
                if digest.startswith(held):
                    return name
        return ""

    def plus(self, other: "UrlSet") -> "UrlSet":
        """Both together."""
        keys = {*self.table, *other.table}
        hosts = None if self.hosts is None or other.hosts is None else self.hosts | other.hosts
        return UrlSet({key: (*self.table.get(key, ()), *other.table.get(key, ())) for key in keys}, hosts)


def expressions(url: Url) -> Iterator[str]:
    """Host suffixes (the whole one and up to four shorter) with path prefixes (whole, bare, and up to four)."""
    path, _, query = url.target.partition("?")
    paths = [f"{path}?{query}"] if query else []
    parts = path.split("/")
    paths += [path] + ["/".join(parts[:length]) + "/" for length in range(1, min(len(parts), 5))]
    for host in _hosts(url):
        for each in dict.fromkeys(paths):
            yield host + each


def _hosts(url: Url) -> list[str]:
    labels = url.host.split(".")
    if url.is_address:
        return [url.host]
    return [url.host] + [".".join(labels[-length:]) for length in range(min(5, len(labels) - 1), 1, -1)]


def _digest(text: str, name: str, number: int) -> tuple[bytes, str]:
    """An entry's hash, and its host where it is told."""
    if _HEX.fullmatch(text.lower()) and len(text) % 2 == 0:
        return bytes.fromhex(text), ""
    try:
        url = read_url(text if "://" in text else f"http://{text}")
    except ContentError as error:
        where, mend = f"{name}:{number}", "write a URL, host/path or hash prefix"
        raise SettingsError(f"{text[:80]!r} {error.what}", where=where, mend=mend) from error
    return hashlib.sha256(f"{url.host}{url.target}".encode()).digest(), url.host
