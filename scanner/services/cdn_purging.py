"""Purging: edges are made to forget URLs. Wishes are rows; they go out in batches, within quotas, and are polled."""

import hashlib
from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanner.domain.cdn.domains import Domains
from scanner.domain.cdn.purging import (
    FIRST_WAIT,
    Purge,
    PurgeState,
    Submitted,
    batches,
    failed,
    finished,
    in_turn,
    put_off,
    submitted,
)
from scanner.domain.cdn.urls import read_url
from scanner.errors import AmbiguousError, EnforcementError, QuotaError
from scanner.ports import Clock
from scanner.ports_cdn import Provider, PurgeLedger

SETTLED = timedelta(seconds=2)  # a purge that was done a moment ago is not asked for again
HALVINGS = 40  # of refused batches in one go
LOOKED_THROUGH = 50_000  # owed purges, so that every domain has its turn among those that go out at once
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
        """Send what is owed, batch by batch, every domain in turn; counts by what became of it."""
        by_provider: dict[str, list[Purge]] = {}
        owed = in_turn(self.ledger.owed(self.clock.now(), max(limit, LOOKED_THROUGH)), self._domain)
        for purge in owed[:limit]:
            by_provider.setdefault(purge.provider, []).append(purge)
        done: Counter[str] = Counter()
        for name, purges in by_provider.items():
            provider = self.providers.get(name)
            if provider is None:
                self._save(purges, "its provider is not in cdn.toml any more")
                done["failed"] += len(purges)
                continue
            done.update(self._sent(provider, purges))
        return +done

    def poll(self, limit: int = 1_000) -> Counter[str]:
        """Ask for the tasks that are under way; counts by what became of their URLs."""
        tasks: dict[tuple[str, str], list[Purge]] = {}
        for purge in self.ledger.running(limit):
            tasks.setdefault((purge.provider, purge.task), []).append(purge)
        done, silent = Counter[str](), set[str]()
        for (name, task), purges in tasks.items():
            state = self._state(name, task, purges, silent)
            now = self.clock.now()
            if state is PurgeState.DONE:
                self.ledger.save([finished(purge, now) for purge in purges])
            elif state is PurgeState.FAILED:
                self._save(purges, "the provider's task failed")
            done[state.value] += len(purges)
        return +done

    def _state(self, name: str, task: str, purges: Sequence[Purge], silent: set[str]) -> PurgeState:
        """A task's state. A provider that gives no answer is not asked for another one at once: it is `silent`."""
        provider, now, state = self.providers.get(name), self.clock.now(), PurgeState.SUBMITTED
        try:
            if name not in silent:
                state = provider.state(task) if provider else PurgeState.FAILED
        except (AmbiguousError, QuotaError):
            silent.add(name)
        except EnforcementError:
            pass  # it could not be asked: it is asked again, until it counts as lost
        late = any(purge.accepted_at and now - purge.accepted_at > LOST for purge in purges)
        return PurgeState.FAILED if late and state is PurgeState.SUBMITTED else state

    def _sent(self, provider: Provider, purges: Sequence[Purge]) -> Counter[str]:
        """A provider's purges. Once it takes no more, or gives no answer, what is left waits.

        A batch that is refused is sent by halves: one URL that it will not have must not keep the others.
        Sent again after a lost answer a batch costs a quota's unit, and purges nothing that should stay.
        """
        queue, done, halved = deque(batches(purges, provider.batch)), Counter[str](), 0
        while queue:
            batch, now = queue.popleft(), self.clock.now()
            try:
                answer = provider.purge([purge.url for purge in batch])
            except QuotaError as error:
                done["over-quota"] += self._put_off([batch, *queue], error.what, timedelta(seconds=error.wait))
                break
            except AmbiguousError as error:
                self._save(batch, error.what)
                done["unknown"] += len(batch) + self._put_off(queue, error.what, FIRST_WAIT)
                break
            except EnforcementError as error:
                if len(batch) > 1 and halved < HALVINGS:
                    halved, middle = halved + 1, len(batch) // 2
                    batch = sorted(batch, key=lambda purge: purge.url)
                    queue.extendleft((batch[middle:], batch[:middle]))
                else:
                    self._save(batch, error.what)
                    done["failed"] += len(batch)
                continue
            done.update(self._accepted(batch, answer, now))
        return done

    def _accepted(self, batch: Sequence[Purge], answer: Submitted, now: datetime) -> Counter[str]:
        bad = dict(answer.refused)
        taken = [submitted(purge, answer.task, now) for purge in batch if purge.url not in bad]
        self.ledger.save(taken)
        for purge in batch:
            if purge.url in bad:
                self._save([purge], bad[purge.url])
        return Counter({"submitted": len(taken), "failed": len(batch) - len(taken)})

    def _put_off(self, rest: Iterable[Sequence[Purge]], why: str, wait: timedelta) -> int:
        now = self.clock.now()
        later = [put_off(purge, why, now, wait) for purges in rest for purge in purges]
        self.ledger.save(later)
        return len(later)

    def _domain(self, purge: Purge) -> str:
        host = read_url(purge.url).host
        return self.domains.find(host).name or host

    def _save(self, purges: Iterable[Purge], why: str, wait: timedelta | None = None) -> None:
        now = self.clock.now()
        self.ledger.save([failed(purge, why, now, wait) for purge in purges])


def _key(provider: str, url: str, now: datetime) -> str:
    text = "\x1f".join((provider, url, now.isoformat()))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
