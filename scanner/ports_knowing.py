"""The ports of not scanning twice. Adapters subclass nothing; `bootstrap` wires them."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from scanner.domain.content import Sample, Subject
from scanner.domain.known import Difference, Edition, Known, Settled
from scanner.domain.verdicts import Detection


class KnowingDetector(Protocol):
    """Detection that can say what it hangs on, and run some rules only.

    `edition` is what is in force; `way` names how a sample would be taken, as far as its key and headers decide that.
    `changed` gives what is known, brought to the edition in force by running the difference's rules only; None where
    that is not sure to be what `detect` gives. `named` adds what the rules find in the key itself.
    """

    def edition(self) -> Edition: ...

    def way(self, sample: Sample) -> str: ...

    def detect(self, sample: Sample) -> Detection: ...

    def changed(self, sample: Sample | None, known: Detection, difference: Difference) -> Detection | None: ...

    def named(self, detection: Detection, sample: Sample) -> Detection: ...


class KnownStore(Protocol):
    """Editions, known detections, and stored objects with the verdict over each. Changes come in through `Register`.

    `unchanged` gives the verdict word of each listed subject that is exactly as it was settled under `edition`, else
    "", in the order of the listing, which is that of keys. `settled` gives what is settled of them, under any edition.
    `prune` forgets the longest unused detections beyond `most`; how many.
    """

    def edition(self, name: str) -> Edition | None: ...

    def enrol(self, edition: Edition) -> None: ...

    def known(self, contents: Sequence[str]) -> Mapping[str, Known]: ...

    def unchanged(self, subjects: Sequence[Subject], edition: str) -> list[str]: ...

    def settled(self, subjects: Sequence[Subject]) -> Mapping[tuple[str, str], Settled]: ...

    def prune(self, most: int) -> int: ...
