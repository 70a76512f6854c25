"""Unpacking in this process: pure and bounded. The cage does the same in a process of its own."""

from collections.abc import Callable

from scanner.detection.unpack.haul import Haul
from scanner.detection.unpack.views import Unpacked, View
from scanner.detection.unpack.walk import Walk
from scanner.domain.content import Sample
from scanner.domain.limits import Limits


def unpack(
    sample: Sample,
    limits: Limits,
    passwords: tuple[str, ...] = (),
    take: Callable[[View], None] | None = None,
) -> Unpacked:
    """All views of `sample` under `limits`. With `take`, views are handed to it as they come and none are kept."""
    haul = Haul(limits, take)
    walk = Walk(limits, passwords, haul, len(sample.data))
    walk.run(sample)
    return haul.done(walk.budget.members, walk.budget.produced, tuple(walk.not_judged))
