"""The ports of not scanning twice. Adapters subclass nothing; `bootstrap` wires them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from scanner.domain.content import Sample
from scanner.domain.known import Difference, Edition, Known, Look, Mark, Settled
from scanner.domain.rescans import Shard
from scanner.domain.verdicts import Detection


class KnowingDetector(Protocol):
    """Detection that can say what it hangs on, and run some rules only.

    `edition` is what is in force; `way` names how a sample would be taken, as far as its key and headers decide that.
    `changed` gives what is known, brought to the edition in force by running the difference's rules only; None where
    that is not sure to be what `detect` gives. `named` adds what the rules find in the key itself. `detect_all` and
    `changed_all` are for many samples at once. `untouched_all` gives what is known, brought to the edition in force,
    where a look at the bytes shows that no changed rule can match them, and None for the others. `calm_all` says the
    same of contents in which nothing was found, their key looked at too, without what is known of them.
    """

    def edition(self) -> Edition: ...

    def way(self, sample: Sample) -> str: ...

    def detect(self, sample: Sample) -> Detection: ...

    def detect_all(self, samples: Sequence[Sample]) -> list[Detection]: ...

    def changed(self, sample: Sample | None, known: Detection, difference: Difference) -> Detection | None: ...

    def changed_all(
        self, samples: Sequence[Sample], known: Sequence[Detection], difference: Difference
    ) -> list[Detection | None]: ...

    def untouched_all(
        self, samples: Sequence[Sample], known: Sequence[Detection], difference: Difference
    ) -> list[Detection | None]: ...

    def calm_all(self, samples: Sequence[Sample], difference: Difference) -> list[bool]: ...

    def named(self, detection: Detection, sample: Sample) -> Detection: ...


class KnownStore(Protocol):
    """Editions, known detections, and stored objects with the verdict over each. Changes come in through `Register`.

    `look` holds a listed page (marks in the order of keys, from after the key `after` on) against what is settled
    under `edition`, set-wise; `settled` gives the rows of some keys under any edition. `calm` gives the
    editions of those contents in which nothing was found. `renew` settles without a request, and counts how many were
    `brought` up to date by a look at their bytes; the contents of `calm` rows hold as they are under those rows'
    edition, what their detection says of the rules stays as it was. `tallies` gives the counters of a
    rescan, or with "" those of all. `prune` forgets the longest unused detections beyond `most`, and says how many.
    """

    def edition(self, name: str) -> Edition | None: ...

    def enrol(self, edition: Edition) -> None: ...

    def known(self, contents: Sequence[str]) -> Mapping[str, Known]: ...

    def look(self, bucket: str, after: str, marks: Sequence[Mark], edition: str) -> Look: ...

    def settled(self, bucket: str, keys: Sequence[str]) -> Mapping[str, Settled]: ...

    def forget(self, bucket: str, keys: Sequence[str]) -> None: ...

    def calm(self, contents: Sequence[str]) -> Mapping[str, str]: ...

    def renew(
        self, rows: Sequence[Settled], known: Sequence[Known], calm: Sequence[Settled] = (), brought: int = 0
    ) -> None: ...

    def tallies(self, scope: str) -> Mapping[str, int]: ...

    def prune(self, most: int) -> int: ...


class Pages(Protocol):
    """A bucket's listing as plain marks, page by page: what a rescan of an unchanged bucket costs.

    At most `limit` marks from after the key `after` up to and with `last` ("": to the end); fewer only at the end.
    """

    def page(self, bucket: str, prefix: str, after: str, last: str, limit: int) -> list[Mark]: ...


class Shards(Protocol):
    """The shards of rescans. `claim` leases one that is due; `save` writes a claimed one and lets go of it.

    A shard whose holder died is claimed as `careful`. `save` raises ConflictError where another holds it by now.
    """

    def create(self, shards: Sequence[Shard]) -> None: ...

    def shards(self, rescan: str) -> list[Shard]: ...

    def claim(self, rescan: str, now: datetime, until: datetime) -> Shard | None: ...

    def save(self, shard: Shard) -> None: ...


class Times(Protocol):
    """Cron expressions: the last time not after `now` that one names; SettingsError for one that is none."""

    def last(self, cron: str, now: datetime) -> datetime: ...
