"""What keyword rules cost: microseconds of one core per 10 KB of the harmless samples, folding not counted.

Folding is done once for all packs; what a rule or pack adds is the search for its words and the judging of windows.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from scanner.domain.rules import RuleFile
from scanner.keywords.matcher import Matcher
from scanner.keywords.packs import parse_pack
from scanner.keywords.values import Pack
from scanner.text.views import TextView, text_views

PASSES = 3  # the first of a view also folds it; each view's fastest pass counts


def measure_words(files: Iterable[RuleFile], pieces: Sequence[bytes]) -> tuple[dict[str, float], dict[str, float]]:
    """Each keyword rule alone, and each pack together."""
    views = [text_views(piece, "text")[0] for piece in pieces]
    rules: dict[str, float] = {}
    packs: dict[str, float] = {}
    for file in files:
        pack = parse_pack(file.path, file.text)
        packs[file.path] = _time(pack, views)
        rules.update((rule.id, _time(replace(pack, rules=(rule,)), views)) for rule in pack.rules)
    floor = min(rules.values(), default=0.0)  # what a scan costs that looks for next to nothing
    return _above(rules, floor), _above(packs, floor)


def _above(costs: dict[str, float], floor: float) -> dict[str, float]:
    return {name: max(0.0, cost - floor) for name, cost in costs.items()}


def _time(pack: Pack, pieces: Sequence[tuple[TextView, ...]]) -> float:
    """Each piece's fastest pass, in microseconds a piece."""
    matcher = Matcher.build([pack]).as_written()
    return sum(min(_passes(matcher, views)) for views in pieces) / len(pieces) * 1e6


def _passes(matcher: Matcher, views: tuple[TextView, ...]) -> Iterator[float]:
    for _ in range(PASSES):
        start = time.thread_time()
        matcher.scan(views)
        yield time.thread_time() - start
