"""Measures on what a CDN serves: URLs are refused at the edges, and what is suspended at the origin is purged there.

Two surfaces: `CdnSurface` for URLs (block rule and purge, by the domain's provider), and `EdgedSurface` round the
stored objects' own: an object that is suspended at its origin goes on being served by every edge that has it, so its
URLs are purged, and it counts as refused only when the edges refuse it too.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from scanner.adapters.cdn_domains import DomainSurface
from scanner.adapters.outside import worst
from scanner.domain.canonical import canonical
from scanner.domain.cdn.domains import Domain, Domains
from scanner.domain.cdn.looks import Look, worst_of
from scanner.domain.cdn.places import CDN, seen_as
from scanner.domain.content import Subject
from scanner.errors import ConflictError, ContentError, EnforcementError
from scanner.ports import Surface
from scanner.ports_cdn import Looker, Provider, Purger


@dataclass(frozen=True, slots=True)
class CdnSurface:
    """URLs of domains that have a provider."""

    domains: Domains
    looker: Looker
    purger: Purger

    def serves(self, subject: Subject) -> bool:
        """Whether the subject is a URL of a domain with a provider."""
        if not subject.bucket.startswith(CDN):
            return False
        try:
            return self._provider(subject) is not None
        except ContentError:
            return False

    def plan(self, subject: Subject) -> str:
        """Whether it is blocked already, and what the edges show: the exact inverse."""
        url, domain = self._place(subject)
        provider = self._of(subject)
        was = url in provider.blocked(domain)
        return canonical({"surface": "cdn", "url": url, "blocked": was, "seen": self.observe(subject)}).decode()

    def suspend(self, subject: Subject, plan: str) -> None:
        """Refuse it at the edges, and make them forget it. Idempotent."""
        url, domain = self._place(subject)
        provider = self._of(subject)
        if not provider.blocks:
            mend = "suspend it at its origin, or stop the domain"
            raise EnforcementError("this domain's provider blocks no single URL", where=url, mend=mend)
        if url not in provider.blocked(domain):
            provider.block([url])
        self._purge(url)

    def restore(self, subject: Subject, plan: str) -> None:
        """Serve it again; ConflictError if nothing blocks it any more.

        Some providers forget after days what they block: what the edges show counts then.
        """
        url, domain = self._place(subject)
        provider = self._of(subject)
        if json.loads(plan).get("blocked"):
            return  # it was blocked before us, and stays so
        if url not in provider.blocked(domain) and self.observe(subject) != "refused":
            raise ConflictError("nothing blocks it any more", where=url, mend="a person decides")
        provider.unblock([url])
        self._purge(url)

    def observe(self, subject: Subject) -> str:
        """The worst that any edge shows."""
        url, _ = self._place(subject)
        return worst_of(self.looker.look([url]))

    def before(self, plan: str) -> str:
        """What was seen when the plan was made."""
        return str(json.loads(plan).get("seen", "served"))

    def _purge(self, url: str) -> None:
        self.purger.want([url])
        self.purger.push()
        self.purger.poll()

    def _place(self, subject: Subject) -> tuple[str, str]:
        url, _ = seen_as(subject)
        return url.text, url.host

    def _of(self, subject: Subject) -> Provider:
        provider = self._provider(subject)
        if provider is None:
            raise EnforcementError("no provider serves this domain", where=subject.url, mend="name one in cdn.toml")
        return provider

    def _provider(self, subject: Subject) -> Provider | None:
        url, _ = seen_as(subject)
        domain: Domain = self.domains.find(url.host)
        return self.purger.providers.get(domain.provider)


@dataclass(frozen=True, slots=True)
class EdgedSurface:
    """Everything: URLs to `cdn`, whole domains to `stops`, all else to `inner`; objects are followed to their edges."""

    inner: Surface
    cdn: CdnSurface
    stops: DomainSurface

    def plan(self, subject: Subject) -> str:
        """As the surface says."""
        return self._of(subject).plan(subject)

    def suspend(self, subject: Subject, plan: str) -> None:
        """As the surface does; then the edges are made to forget it."""
        self._of(subject).suspend(subject, plan)
        self._forget(subject)

    def restore(self, subject: Subject, plan: str) -> None:
        """As the surface does; then the edges are made to forget their refusals."""
        self._of(subject).restore(subject, plan)
        self._forget(subject)

    def observe(self, subject: Subject) -> str:
        """The worst of the origin and every edge."""
        seen, urls = self._of(subject).observe(subject), self._urls(subject)
        if not urls:
            return seen
        self.cdn.purger.poll()
        looks = self.cdn.looker.look(urls, subject.etag, subject.size)
        self._forget_leaks(looks, urls)
        at_edges = worst_of(looks)
        if seen == "gone" and at_edges == "refused":
            return seen
        return worst([seen, at_edges])

    def before(self, plan: str) -> str:
        """What was seen when the plan was made."""
        ours = '"surface":"cdn"' in plan or '"surface":"cdn-domain"' in plan
        return self.cdn.before(plan) if ours else self.inner.before(plan)

    def _forget_leaks(self, looks: Sequence[Look], urls: Sequence[str]) -> None:
        """Purge what is refused as we write its URL and still served as others do (http or https)."""
        served = {look.url for look in looks if look.seen == "served"}
        if served and served.isdisjoint(urls):
            self.cdn.purger.want(sorted(served))
            self.cdn.purger.push()

    def _forget(self, subject: Subject) -> None:
        if urls := self._urls(subject):
            self.cdn.purger.want(urls)
            self.cdn.purger.push()
            self.cdn.purger.poll()

    def _urls(self, subject: Subject) -> tuple[str, ...]:
        """Where a CDN with a provider serves a stored object; without one there is nothing to be done, or seen."""
        if ":" in subject.bucket:
            return ()
        domains = self.cdn.domains
        with_provider = {each.name for each in domains.exact.values() if each.provider in self.cdn.purger.providers}
        found = domains.from_bucket(subject.bucket, subject.key)
        return tuple(url for url in found if url.split("/", 3)[2] in with_provider)

    def _of(self, subject: Subject) -> Surface:
        if self.stops.serves(subject):
            return self.stops
        return self.cdn if self.cdn.serves(subject) else self.inner
