"""A whole domain at its provider: stopped, started, and looked at from outside by what it was seen to serve."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from scanner.adapters.cdn_fetch import UNRESOLVED
from scanner.adapters.enforcement_table import enforcement
from scanner.adapters.sql import Database
from scanner.adapters.tables import action, verdict
from scanner.domain.actions import FINAL_STATES
from scanner.domain.canonical import canonical
from scanner.domain.cdn.domains import Domains
from scanner.domain.cdn.looks import Look, worst_word
from scanner.domain.cdn.places import CDN
from scanner.domain.content import Subject
from scanner.domain.enforcement.course import Course
from scanner.domain.enforcement.places import DOMAIN, is_domain
from scanner.errors import ConflictError, EnforcementError
from scanner.ports_cdn import Looker, Provider, Purger
from scanner.wire.records import from_text

CANARIES = 3  # of the newest contents that a domain served, beside its root


@dataclass(frozen=True, slots=True)
class DomainSurface:
    """Measures on domains that have a provider. `served` gives URLs of a host that were read of late."""

    domains: Domains
    looker: Looker
    purger: Purger
    served: Callable[[str], Sequence[str]]

    def serves(self, subject: Subject) -> bool:
        """Whether the subject is a domain with a provider."""
        return is_domain(subject) and self._provider(_host(subject)) is not None

    def plan(self, subject: Subject) -> str:
        """Whether it runs now, and what the edges show: the exact inverse."""
        host = _host(subject)
        stated = {"surface": "cdn-domain", "host": host, "running": self._of(host).running(host)}
        return canonical({**stated, "seen": self.observe(subject)}).decode()

    def suspend(self, subject: Subject, plan: str) -> None:
        """Take it off line; one that is off line stays so."""
        host = _host(subject)
        if self._of(host).running(host):
            self._of(host).stop(host)

    def restore(self, subject: Subject, plan: str) -> None:
        """Put it back on line, unless it was off line before us; ConflictError if it runs already."""
        host = _host(subject)
        if not json.loads(plan).get("running", True):
            return
        if self._of(host).running(host):
            raise ConflictError("somebody put it on line meanwhile", where=host, mend="a person decides")
        self._of(host).start(host)

    def observe(self, subject: Subject) -> str:
        """The worst that any edge shows of its root and of what it served; never refused while it runs.

        Providers may take the name out of DNS: of a domain that is off line, a name that leads nowhere is gone.
        """
        host = _host(subject)
        running, looks = self._of(host).running(host), self.looker.look(self._urls(host))
        seen = worst_word(_word(look, running=running) for look in looks)
        return "unclear" if running and seen in ("refused", "gone") else seen

    def before(self, plan: str) -> str:
        """What was seen when the plan was made."""
        return str(json.loads(plan).get("seen", "served"))

    def _urls(self, host: str) -> list[str]:
        root = f"{self.domains.find(host).scheme}://{host}/"
        return list(dict.fromkeys([root, *self.served(host)]))

    def _of(self, host: str) -> Provider:
        provider = self._provider(host)
        if provider is None:
            raise EnforcementError("no provider serves this domain", where=host, mend="name one in cdn.toml")
        return provider

    def _provider(self, host: str) -> Provider | None:
        return self.purger.providers.get(self.domains.find(host).provider)


@dataclass(frozen=True, slots=True)
class SqlServed:
    """URLs of a host that were read of late, by their verdicts; of objects of ours, where the host serves them."""

    database: Database
    domains: Domains

    def __call__(self, host: str) -> list[str]:
        """The newest ones."""
        domain = self.domains.find(host)
        place = domain.bucket or f"{CDN}{host}"
        table = verdict.c
        query = select(table.key).where(table.bucket == place, table.sha256 != "").order_by(table.id.desc())
        with self.database.reading() as connection:
            keys = list(connection.execute(query.limit(CANARIES * 4)).scalars())
        if domain.bucket:
            urls = [url for key in keys for url in self.domains.from_bucket(domain.bucket, key)]
            keys = [url for url in urls if url.split("/", 3)[2] == host]
        return list(dict.fromkeys(key.partition("#as=")[0] for key in keys))[:CANARIES]


@dataclass(frozen=True, slots=True)
class SqlStops:
    """The Stops port: by the courses of a place, and by actions that are not through yet."""

    database: Database

    def cases(self, place: str, *, whole: bool) -> list[str]:
        """The cases, each once."""
        like = place.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        said = f'%"bucket":"{like}{"" if whole else "%"}"%'
        here = enforcement.c.bucket == place if whole else enforcement.c.bucket.like(f"{like}%", escape="\\")
        courses = select(enforcement.c.document).where(enforcement.c.kind == "course", here)
        final = [state.value for state in FINAL_STATES]
        filed = (action.c.state.not_in(final), action.c.document.like(said, escape="\\"))
        with self.database.reading() as connection:
            held = [from_text(text, Course) for text in connection.execute(courses).scalars()]
            open_ = list(connection.execute(select(action.c.case_id).where(*filed)).scalars())
        return list(dict.fromkeys([*(ground for course in held for ground in course.grounds), *open_]))


def _host(subject: Subject) -> str:
    return subject.bucket.removeprefix(DOMAIN)


def _word(look: Look, *, running: bool) -> str:
    leads_nowhere = look.status == 0 and look.detail.startswith(UNRESOLVED)
    return "gone" if leads_nowhere and not running else look.seen
