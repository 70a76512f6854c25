"""What a rule costs: microseconds of one core per 10 KB of the benign samples, and what bait does to it."""

import multiprocessing
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing.connection import Connection
from typing import Any

import yara

from scanner.domain.rules import Rulebook
from scanner.rulebook.cost_words import measure_words
from scanner.rulebook.samples import Specimen
from scanner.rulebook.yarafile import alone
from scanner.rulebook.yaratext import read_yara

PIECE = 10 * 1024
PIECES = 12
PASSES = 3
BAIT_SECONDS = 1.0  # one rule on one bait of 64 KB; ordinary rules need a few milliseconds
_PLAIN = b"The quick brown fox jumps over the lazy dog; 0123456789 <a href='/index.html'>home</a>\n"
BAITS = (
    b"A" * 65_536,
    b" " * 65_536,
    b"<?php " + b"$a = $b . chr(1) . " * 3_000,
    b"eval(base64_decode(" * 3_000,
    b"%41\\x41&#65;" * 5_000,
    b"(" * 32_768 + b"[" * 32_768,
)


@dataclass(frozen=True, slots=True)
class Costs:
    """Microseconds per 10 KB: each rule alone, and each pack (file folder) as it runs together."""

    rules: Mapping[str, float]
    packs: Mapping[str, float]
    pieces: int


def measure(book: Rulebook, samples: Iterable[Specimen]) -> Costs:
    """Every rule alone, and every YARA folder and keyword pack together, over pieces of the harmless samples."""
    pieces = benign_pieces(samples)
    floor = _time(yara.compile(source="rule nothing { condition: false }"), pieces)
    rules, packs = {}, dict[str, dict[str, str]]()
    for file in book.yara:
        source = read_yara(file.text)
        packs.setdefault(file.path.rsplit("/", 1)[0], {})[file.namespace] = file.text
        for parsed in source.rules:
            if parsed.name in file.names:
                text = alone(file.text, source, [parsed])
                rules[file.names[parsed.name]] = _over(floor, yara.compile(source=text, includes=False), pieces)
    together = {
        name: _over(floor, yara.compile(sources=texts, includes=False), pieces) for name, texts in packs.items()
    }
    words, packs_of_words = measure_words(book.keywords, pieces)
    return Costs(rules | words, together | packs_of_words, len(pieces))


def cost_of(text: str) -> float:
    """Microseconds per 10 KB of plain text that a YARA text costs; yara.Error where it does not compile."""
    pieces = benign_pieces(())
    return _time(yara.compile(source=text, includes=False), pieces)


def benign_pieces(samples: Iterable[Specimen]) -> list[bytes]:
    """Harmless bytes in pieces of 10 KB: ordinary content first, then the samples that rules must leave alone."""
    ordinary_first = sorted((each for each in samples if each.kind == "miss"), key=lambda each: bool(each.rule))
    whole = b"\n".join(each.data for each in ordinary_first)[: PIECE * PIECES]
    short = -len(whole) % PIECE or (PIECE if not whole else 0)
    whole += (_PLAIN * (short // len(_PLAIN) + 1))[:short]
    return [whole[start:end] for start, end in pairwise(range(0, len(whole) + 1, PIECE))]


def slow_on_bait(book: Rulebook, seconds: float = BAIT_SECONDS) -> Iterator[tuple[str, int]]:
    """The rules that one of the baits holds up longer than `seconds`, with the bait's number.

    YARA's own timeout does not hold, so the rules run in a child that is killed at the deadline and started again.
    """
    sources = list(_alone(book))
    while sources:
        reached = yield from _bait_run(sources, seconds)
        sources = sources[reached:]


def _bait_run(sources: list[tuple[str, str]], seconds: float) -> Any:
    """One child; returns how many rules are done with. Yields a rule that had to be killed, or was slow."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    child = spawn.Process(target=_bait_child, args=(there, sources), daemon=True)
    child.start()
    there.close()
    try:
        if here.poll(60):
            here.recv()  # the child is up: only now does the deadline begin
        for number, (rule_id, _) in enumerate(sources):
            answer = _answer(here, seconds * len(BAITS) + 2)
            if answer is None:
                yield rule_id, -1
                return number + 1
            if answer[0] > seconds:
                yield rule_id, answer[1]
        return len(sources)
    finally:
        child.kill()
        child.join()
        here.close()


def _answer(pipe: Connection, seconds: float) -> tuple[float, int] | None:
    """What the child says of one rule; None where it says nothing in time, or died."""
    if not pipe.poll(seconds):
        return None
    try:
        took, bait = pipe.recv()
    except EOFError:
        return None
    return took, bait


def _bait_child(pipe: Connection, sources: list[tuple[str, str]]) -> None:
    pipe.send("up")
    for _, text in sources:
        rules = yara.compile(source=text, includes=False)
        times = [_one(rules, bait) for bait in BAITS]
        worst = max(times)
        pipe.send((worst, times.index(worst)))


def _alone(book: Rulebook) -> Iterator[tuple[str, str]]:
    for file in book.yara:
        if "/imported/" in file.path:
            continue
        source = read_yara(file.text)
        for parsed in source.rules:
            if parsed.name in file.names:
                yield file.names[parsed.name], alone(file.text, source, [parsed])


def _over(floor: float, rules: yara.Rules, pieces: list[bytes]) -> float:
    return max(0.0, _time(rules, pieces) - floor)


def _time(rules: yara.Rules, pieces: list[bytes]) -> float:
    """Each piece's fastest pass, in microseconds a piece: what disturbs a measurement only makes it longer."""
    return sum(min(_one(rules, piece) for _ in range(PASSES)) for piece in pieces) / len(pieces) * 1e6


def _one(rules: yara.Rules, data: bytes) -> float:
    start = time.thread_time()
    rules.match(data=data)
    return time.thread_time() - start
