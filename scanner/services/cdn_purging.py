"""Purging: edges are made to forget URLs. Wishes are rows; they go out in batches, within quotas, and are polled."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanner.domain.cdn.domains import Domains
from scanner.domain.cdn.purging import Purge, PurgeState, failed, finished, submitted
from scanner.domain.cdn.urls import read_url
from scanner.errors import AmbiguousError, EnforcementError, QuotaError
from scanner.ports import Clock
from scanner.ports_cdn import Provider, PurgeLedger

SETTLED = timedelta(seconds=2)  # a purge that was done a moment ago is not asked for again
LOST = timedelta(minutes=30)  # a task that never ends is asked for anew


@dataclass(frozen=True, slots=True)
class Purging:
    """Keeps purges and sends them. `providers` by the name that a domain gives."""

    ledger: PurgeLedger
    providers: Mapping[str, Provider]
    domains: Domains
    clock: Clock

    def want(self, urls: Sequence[str]) -> list[Purge]:
        """File what is not under way already; EnforcementError for a URL of a domain without provider."""
        now, fresh, known = self.clock.now(), list[Purge](), list[Purge]()
        for url in dict.fromkeys(urls):
            name = self.domains.find(read_url(url).host).provider
            if name not in self.providers:
                mend = "name its provider in cdn.toml"
                raise EnforcementError("no provider purges this domain", where=url, mend=mend)
            latest = self.ledger.latest(url)
            if latest and (latest.is_open or (latest.done_at and now - latest.done_at < SETTLED)):
                known.append(latest)
            else:
                fresh.append(Purge(_key(name, url, now), url, name, now, now))
        self.ledger.file(fresh)
        return fresh + known

    def push(self, limit: int = 10_000) -> Counter[str]:
        """Send what is owed, batch by batch; counts by what became of it."""
        by_provider: dict[str, list[Purge]] = {}
        for purge in self.ledger.owed(self.clock.now(), limit):
            by_provider.setdefault(purge.provider, []).append(purge)
        done: Counter[str] = Counter()
        for name, purges in by_provider.items():
            provider = self.providers.get(name)
            if provider is None:
                self._save(purges, "its provider is not in cdn.toml any more")
                done["failed"] += len(purges)
                continue
            for start in range(0, len(purges), provider.batch):
                done.update(self._send(provider, purges[start : start + provider.batch]))
        return +done

    def poll(self, limit: int = 1_000) -> Counter[str]:
        """Ask for the tasks that are under way; counts by what became of their URLs."""
        tasks: dict[tuple[str, str], list[Purge]] = {}
        for purge in self.ledger.running(limit):
            tasks.setdefault((purge.provider, purge.task), []).append(purge)
        done: Counter[str] = Counter()
        for (name, task), purges in tasks.items():
            state = self._state(name, task, purges)
            now = self.clock.now()
            if state is PurgeState.DONE:
                self.ledger.save([finished(purge, now) for purge in purges])
            elif state is PurgeState.FAILED:
                self._save(purges, "the provider's task failed")
            done[state.value] += len(purges)
        return +done

    def _state(self, name: str, task: str, purges: Sequence[Purge]) -> PurgeState:
        provider, now = self.providers.get(name), self.clock.now()
        try:
            state = provider.state(task) if provider else PurgeState.FAILED
        except EnforcementError:
            state = PurgeState.SUBMITTED  # it could not be asked: it is asked again, until it counts as lost
        late = any(purge.accepted_at and now - purge.accepted_at > LOST for purge in purges)
        return PurgeState.FAILED if late and state is PurgeState.SUBMITTED else state

    def _send(self, provider: Provider, purges: Sequence[Purge]) -> Counter[str]:
        """One batch. Sent again after a lost answer it costs a quota's unit, and purges nothing that should stay."""
        now = self.clock.now()
        try:
            answer = provider.purge([purge.url for purge in purges])
        except QuotaError as error:
            self._save(purges, error.what, timedelta(seconds=error.wait))
            return Counter({"over-quota": len(purges)})
        except AmbiguousError as error:
            self._save(purges, error.what)
            return Counter({"unknown": len(purges)})
        except EnforcementError as error:
            self._save(purges, error.what)
            return Counter({"failed": len(purges)})
        bad = dict(answer.refused)
        taken = [submitted(purge, answer.task, now) for purge in purges if purge.url not in bad]
        self.ledger.save(taken)
        for purge in purges:
            if purge.url in bad:
                self._save([purge], bad[purge.url])
        return Counter({"submitted": len(taken), "failed": len(bad)})

    def _save(self, purges: Iterable[Purge], why: str, wait: timedelta | None = None) -> None:
        now = self.clock.now()
        self.ledger.save([failed(purge, why, now, wait) for purge in purges])


def _key(provider: str, url: str, now: datetime) -> str:
    text = "\x1f".join((provider, url, now.isoformat()))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
