"""Stopping: a person takes a whole domain off a CDN, as far as strikes carry, and puts it back. No machine does."""

from dataclasses import dataclass

from scanner.domain.actions import GIVEN_UP, Action, Measure
from scanner.domain.cases import Case
from scanner.domain.cdn.domains import Domains
from scanner.domain.cdn.places import CDN
from scanner.domain.cdn.urls import read_host
from scanner.domain.content import Subject
from scanner.domain.enforcement.places import DOMAIN, domain_place
from scanner.domain.enforcement.strikes import Rung
from scanner.errors import TransitionError
from scanner.ports import Outbox
from scanner.ports_cdn import Stops
from scanner.services.widening import Widening


@dataclass(frozen=True, slots=True)
class Stopping:
    """Domains as places of wide measures: the rung is that of a bucket, the rights and the way back are the same."""

    widening: Widening
    domains: Domains
    providers: frozenset[str]
    stops: Stops
    outbox: Outbox

    def stop(self, host: str, case_id: str, person: str, reason: str) -> Action:
        """File the stop of a domain for a case over something that it serves; TransitionError says why not."""
        host = read_host(host)
        if self.domains.find(host).provider not in self.providers:
            raise TransitionError("no provider serves this domain", where=host, mend="name one in cdn.toml")

        def place_of(case: Case) -> Subject:
            if not self._serves(host, case.subject):
                mend = f"name a case over a URL of {host}, or over an object that it serves"
                raise TransitionError(f"is over nothing that {host} serves", where=case.id, mend=mend)
            return domain_place(host, case.subject.account)

        return self.widening.climb(case_id, Rung.CONTAINER, person, reason, place_of)

    def start(self, host: str, person: str, reason: str) -> Action:
        """File the way back of the stop that is in force; with several grounds, of the newest."""
        held = self.in_force(read_host(host))
        if not held:
            raise TransitionError("was not stopped here", where=host, mend="see `aup cdn stops`")
        return self.widening.lift(held[-1].id, person, reason)

    def in_force(self, host: str = "") -> list[Action]:
        """Stops that were filed and not undone, the oldest first; of one host or of all."""
        found = []
        for case_id in self.stops.cases(f"{DOMAIN}{host}", whole=bool(host)):
            actions = self.outbox.actions_of(case_id)
            undone = {one.undoes for one in actions if one.state not in GIVEN_UP}
            found += [
                one
                for one in actions
                if one.measure is Measure.SUSPEND
                and one.subject.bucket.startswith(DOMAIN)
                and host in ("", one.subject.bucket.removeprefix(DOMAIN))
                and one.id not in undone
                and one.state not in GIVEN_UP
            ]
        return sorted(found, key=lambda one: (one.created_at, one.id))

    def _serves(self, host: str, subject: Subject) -> bool:
        if subject.bucket.startswith(CDN):
            return subject.bucket == CDN + host
        domain = self.domains.find(host)
        return bool(domain.bucket) and domain.bucket == subject.bucket and subject.key.startswith(domain.prefix)
