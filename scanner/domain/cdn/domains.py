"""The domains that a CDN serves: whose they are, where their content comes from, how their URLs are told apart."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from urllib.parse import quote, unquote

from scanner.domain.cdn.places import url_subject
from scanner.domain.cdn.urls import Url
from scanner.domain.content import Subject

WAITING_DAYS = 3  # days' budgets that may wait in line: URLs beyond them are new again when they are asked for again
BROWSERS_KEEP = "/~!$&'()*+,;=:@[]|"  # what a browser sends of a path as it stands
TRACKING = ("utm_*", "spm", "fbclid", "gclid", "share_token", "from_uid")


@dataclass(frozen=True, slots=True)
class Domain:
    """One accelerated domain, or all below `*.name`.

    `query` is `keep`, `ignore` or `only`: whether the query tells contents apart, and with `only` which of `names`;
    with `keep`, parameters that match `names` are left out. With a `bucket`, content lies there below `prefix` and is
    scanned there. `edges` are addresses (host:port) that it is looked at through; `budget` is URLs of one day.
    """

    name: str
    account: str = ""
    scheme: str = "http"
    query: str = "keep"
    names: tuple[str, ...] = TRACKING
    bucket: str = ""
    prefix: str = ""
    provider: str = ""
    edges: tuple[str, ...] = ()
    budget: int = 2_000
    rooms: str = ""

    def serves(self, host: str) -> bool:
        """Whether the host is this domain, or below it."""
        return host == self.name or (self.name.startswith("*.") and host.endswith(self.name[1:]))


@dataclass(frozen=True, slots=True)
class Domains:
    """All domains; `other` stands for hosts that none of them serves."""

    exact: Mapping[str, Domain] = field(default_factory=dict)
    below: tuple[Domain, ...] = ()
    other: Domain = field(default_factory=lambda: Domain(""))

    @staticmethod
    def of(domains: tuple[Domain, ...]) -> "Domains":
        """The table; the longest wildcard wins."""
        below = sorted((each for each in domains if each.name.startswith("*.")), key=lambda each: -len(each.name))
        return Domains({each.name: each for each in domains if not each.name.startswith("*.")}, tuple(below))

    def find(self, host: str) -> Domain:
        """The domain that serves the host."""
        return self.exact.get(host) or next((each for each in self.below if each.serves(host)), self.other)

    def known(self, host: str) -> bool:
        """Whether the host is a customer's."""
        return self.find(host) is not self.other

    def from_bucket(self, bucket: str, key: str) -> tuple[str, ...]:
        """The URLs under which the CDN serves a stored object: as browsers write them, and with all escapes.

        Caches hold `/a(1).jpg` and `/a%281%29.jpg` apart.
        """
        served = [each for each in self.exact.values() if each.bucket == bucket and key.startswith(each.prefix)]
        written = (
            f"{each.scheme}://{each.name}/{quote(key[len(each.prefix) :], safe=safe)}"
            for each in served
            for safe in (BROWSERS_KEEP, "/~")
        )
        return tuple(dict.fromkeys(written))


def normalised(url: Url, domain: Domain) -> Url:
    """The URL without what does not tell contents apart on this domain."""
    path, mark, query = url.target.partition("?")
    if not mark or domain.query == "ignore":
        return Url(url.scheme, url.host, url.port, path)
    parts = [part for part in query.split("&") if part]
    if domain.query == "only":
        kept = sorted(part for part in parts if _matches(part, domain.names))
    else:
        kept = [part for part in parts if not _matches(part, domain.names)]
    return Url(url.scheme, url.host, url.port, path + ("?" + "&".join(kept) if kept else ""))


def subject_of(url: Url, domain: Domain) -> Subject:
    """What is scanned for a URL: the stored object where the origin is ours, else the URL itself.

    What is served for a folder is an index page, not the object of that key, if there is one at all.
    """
    path = unquote(url.target.partition("?")[0])
    if not domain.bucket or path.endswith("/"):
        return url_subject(url, domain.account or domain.bucket)
    key = domain.prefix + path.removeprefix("/")
    return Subject(domain.bucket, key, account=domain.account or domain.bucket)


def _matches(part: str, names: tuple[str, ...]) -> bool:
    name = part.partition("=")[0]
    return any(fnmatchcase(name, each) for each in names)
