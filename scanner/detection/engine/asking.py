"""Asking yara-python: pieces of the rulebook compiled together or one by one, and their matches as values."""

import io
import os
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

import yara

from scanner.detection.engine.cutting import Piece
from scanner.detection.engine.hits import RuleHit, StringHit
from scanner.domain.rules import RuleFile
from scanner.errors import RuleError

MATCH_BYTES = 64  # bytes of a match that YARA copies; a finding shows no more
KEPT_STRINGS = 16  # places shown of one rule in one view
KEPT_SINGLES = 4_096  # rules compiled alone that are kept in memory
TOO_MANY_MATCHES = 6  # YARA's number for the warning

yara.set_config(max_match_data=MATCH_BYTES)


@dataclass(slots=True)
class Answer:
    """What one call of YARA gave: hits by rule id in no order, and rules whose strings flooded."""

    hits: list[RuleHit] = field(default_factory=list)
    flooded: list[str] = field(default_factory=list)

    def add(self, other: "Answer") -> None:
        """Take another's hits too."""
        self.hits += other.hits
        self.flooded += other.flooded


class RuleSet:
    """Compiled rules with the ids they report: `names` by namespace and identifier."""

    def __init__(self, rules: yara.Rules, names: Mapping[tuple[str, str], str], most: int) -> None:
        self.rules, self._names, self._most = rules, names, most

    @staticmethod
    def load(body: bytes | memoryview, names: Mapping[tuple[str, str], str], most: int) -> "RuleSet":
        """Rules that `saved` wrote; yara.Error where another version did."""
        return RuleSet(_loaded(body), names, most)

    def ask(self, data: bytes, seconds: int) -> Answer:
        """What matches; TimeoutError when YARA gave up: the time is over, or a string is too much for its engine."""
        answer = Answer()

        def warned(kind: int, where: object) -> int:
            if kind == TOO_MANY_MATCHES:
                rule = self._names.get((getattr(where, "namespace", ""), getattr(where, "rule", "")))
                answer.flooded += [rule] if rule else []
            return int(yara.CALLBACK_CONTINUE)

        try:
            found = self.rules.match(data=data, fast=True, timeout=max(1, seconds), warnings_callback=warned)
        except yara.Error as error:  # "internal error: 46" is too many states of one string
            raise TimeoutError(str(error)) from error
        for match in found:
            rule = self._names.get((match.namespace, match.rule))
            if rule is not None:
                answer.hits.append(hit_of(match, rule, self._most))
        return answer


def hit_of(match: yara.Match, rule: str, most: int) -> RuleHit:
    """The match as a value: the first places of each string, the earliest first."""
    places = [
        StringHit(string.identifier, place.offset, place.matched_length, place.matched_data)
        for string in match.strings
        for place in islice(string.instances, most)
    ]
    places.sort(key=lambda hit: (hit.offset, hit.name))
    return RuleHit(rule, tuple(places[:KEPT_STRINGS]))


def compile_files(files: Sequence[RuleFile]) -> yara.Rules:
    """All files in their namespaces, without includes or external variables; RuleError names the file."""
    sources = {file.namespace: file.text for file in files}
    try:
        return yara.compile(sources=sources, includes=False)
    except yara.Error as error:
        raise RuleError(f"YARA refuses it: {error}", where=_culprit(files), mend="run `aup rules check`") from error


def names_of(files: Iterable[RuleFile]) -> dict[tuple[str, str], str]:
    """The rule ids by namespace and identifier."""
    return {(file.namespace, name): rule for file in files for name, rule in file.names.items()}


def compile_pieces(pieces: Iterable[Piece], most: int) -> RuleSet:
    """Pieces together: each in a namespace of its own, so that nothing is named twice."""
    numbered = list(enumerate(pieces))
    names = {(f"{number}", name): rule for number, piece in numbered for name, rule in piece.names.items()}
    rules = yara.compile(sources={f"{number}": piece.text for number, piece in numbered}, includes=False)
    return RuleSet(rules, names, most)


class Singles:
    """Rules compiled alone, made or loaded when first asked for; the least recently asked are dropped."""

    def __init__(self, pieces: Sequence[Piece], most: int, saved: Sequence[memoryview] = ()) -> None:
        self._pieces, self._most, self._saved = pieces, most, saved
        self._kept: OrderedDict[int, RuleSet] = OrderedDict()

    def get(self, number: int) -> RuleSet:
        """The piece of that number."""
        found = self._kept.get(number)
        if found is None:
            found = self._kept[number] = self._made(number)
            if len(self._kept) > KEPT_SINGLES:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(number)
        return found

    def _made(self, number: int) -> RuleSet:
        if not self._saved:
            return compile_pieces([self._pieces[number]], self._most)
        names = {("0", name): rule for name, rule in self._pieces[number].names.items()}
        return RuleSet.load(self._saved[number], names, self._most)


def saved(rules: yara.Rules) -> bytes:
    """Compiled rules as bytes that `yara.load` reads."""
    body = io.BytesIO()
    rules.save(file=body)
    return body.getvalue()


def _loaded(body: bytes | memoryview) -> yara.Rules:
    """The rules; from a file in memory where there are such, as a stream is read in a hundred thousand calls."""
    if not hasattr(os, "memfd_create"):
        return yara.load(file=io.BytesIO(body))
    with os.fdopen(os.memfd_create("rules"), "wb") as file:
        file.write(body)
        file.flush()
        return yara.load(filepath=f"/proc/self/fd/{file.fileno()}")


def saved_singles(pieces: Iterable[Piece], most: int) -> Iterator[bytes]:
    """Every piece compiled alone, as bytes."""
    for piece in pieces:
        yield saved(compile_pieces([piece], most).rules)


def _culprit(files: Iterable[RuleFile]) -> str:
    for file in files:
        try:
            yara.compile(source=file.text, includes=False)
        except yara.Error:
            return file.path
    return "yara"
