"""A compiled program as bytes and back: a cache, never a source. A damaged or foreign one is refused by name.

Layout: magic, sha256 of all that follows, length of the JSON head, the head, then the blobs whose sizes it holds.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from scanner.domain.findings import Layer
from scanner.errors import RuleError
from scanner.keywords.alphabet import Alphabet
from scanner.keywords.automata import Automaton, engine_version, load_automaton
from scanner.keywords.lookups import Ints, Lookup, Lookups
from scanner.keywords.mending import Vocabulary
from scanner.keywords.program import Program, RuleProgram
from scanner.keywords.slots import COLUMNS, SlotTable
from scanner.keywords.trees import condition_of, tree_of, ways_of_tree, ways_tree

_MAGIC = b"AUPKW8\n"
_PLAIN_FIELDS = ("id", "pack", "window", "gap", "when_text", "unless_text", "negates", "reach", "bits", "pattern_bits")
_TUPLES = ("own", "judged", "doubting")
_WAYS = ("when_ways", "core_ways")


class _Writer:
    """Collects blobs; what is shared is written once."""

    def __init__(self) -> None:
        self.blobs: list[bytes] = []
        self.automata: list[Automaton] = []
        self.lookups: list[Lookup] = []
        self._automaton_numbers: dict[int, int] = {}
        self._lookup_numbers: dict[int, int] = {}

    def automaton(self, automaton: Automaton) -> int:
        number = self._automaton_numbers.setdefault(id(automaton), len(self.automata))
        if number == len(self.automata):
            self.automata.append(automaton)
        return number

    def lookup(self, lookup: Lookup) -> int:
        number = self._lookup_numbers.setdefault(id(lookup), len(self.lookups))
        if number == len(self.lookups):
            self.lookups.append(lookup)
        return number

    def pair(self, lookups: Lookups) -> list[int]:
        return [self.lookup(lookups.plain), self.lookup(lookups.sound)]


def dump_program(program: Program, digest: str) -> bytes:
    """The program as bytes; `digest` names the packs it was compiled from."""
    writer = _Writer()
    head: dict[str, Any] = {
        "digest": digest,
        "engine": engine_version(program.engine),
        "rules": [_rule_head(rule, writer) for rule in program.rules],
        "names": program.slots.names,
        "alphabet": program.alphabet.chars,
        "anchors": writer.pair(program.anchors),
        "vocabulary": "\n".join(program.vocabulary.words),
        "exceptions": [writer.lookup(lookup) for lookup in program.exceptions],
    }
    head["lookups"] = [[writer.automaton(one.automaton), one.longest] for one in writer.lookups]
    head["automata"] = len(writer.automata)
    blobs = [np.ascontiguousarray(getattr(program.slots, name)).tobytes() for name in COLUMNS]
    blobs += [automaton.dump() for automaton in writer.automata]
    blobs += [ints.tobytes() for one in writer.lookups for ints in (one.first, one.owners)]
    blobs.append("\n".join(program.slots.texts).encode("utf-8"))
    head["blobs"] = [len(blob) for blob in blobs]
    text = json.dumps(head, ensure_ascii=False).encode("utf-8")
    body = len(text).to_bytes(8, "little") + text + b"".join(blobs)
    return _MAGIC + hashlib.sha256(body).digest() + body


def load_program(body: bytes, digest: str, engine: str, *, sound: bool = False) -> Program:
    """The program that `dump_program` wrote for the same packs and engine; RuleError names what does not fit.

    `sound` tells that whoever read the bytes has compared their checksum already.
    """
    rest = memoryview(body)[len(_MAGIC) + 32 :]
    if not body.startswith(_MAGIC) or not (sound or _sum(rest) == body[len(_MAGIC) : len(_MAGIC) + 32]):
        raise _unfit("is damaged")
    size = int.from_bytes(rest[:8], "little")
    head = json.loads(bytes(rest[8 : 8 + size]))
    if head["digest"] != digest:
        raise _unfit("is of other packs")
    if head["engine"] != engine_version(engine):
        raise _unfit(f"is of engine {head['engine']}")
    blobs = _cut(rest[8 + size :], head["blobs"])
    at = len(COLUMNS)
    automata = [load_automaton(bytes(blob), engine) for blob in blobs[at : at + head["automata"]]]
    at += head["automata"]
    lookups = [
        Lookup(automata[automaton], _ints(blobs[at + 2 * number]), _ints(blobs[at + 2 * number + 1]), longest)
        for number, (automaton, longest) in enumerate(head["lookups"])
    ]
    return Program(
        rules=tuple(_rule_of(rule, lookups) for rule in head["rules"]),
        slots=_slots(blobs[: len(COLUMNS)], head["names"], str(blobs[-1], "utf-8").split("\n")),
        anchors=_pair(head["anchors"], lookups),
        exceptions=tuple(lookups[number] for number in head["exceptions"]),
        alphabet=Alphabet(head["alphabet"]),
        engine=engine,
        vocabulary=Vocabulary(tuple(head["vocabulary"].split())),
    )


def _unfit(what: str) -> RuleError:
    return RuleError(f"the compiled keyword cache {what}", mend="delete it; it is compiled anew from the packs")


def _sum(body: memoryview) -> bytes:
    return hashlib.sha256(body).digest()


def _cut(body: memoryview, sizes: Sequence[int]) -> list[memoryview]:
    out, at = [], 0
    for size in sizes:
        out.append(body[at : at + size])
        at += size
    return out


def _ints(blob: memoryview) -> Ints:
    """Numbers of their own: a view into the whole would keep 20 MB of dumped automata in every process."""
    return np.frombuffer(blob, np.int32).copy()


def _slots(blobs: Sequence[memoryview], names: Sequence[str], texts: list[str]) -> SlotTable:
    group, term, weight, flags, text, written = blobs
    floats = np.frombuffer(weight, np.float32).copy()
    ints = [_ints(blob) for blob in (group, term, flags, text, written)]
    return SlotTable(ints[0], ints[1], floats, ints[2], ints[3], ints[4], tuple(names), texts)


def _pair(numbers: Sequence[int], lookups: Sequence[Lookup]) -> Lookups:
    return Lookups(lookups[numbers[0]], lookups[numbers[1]])


def _rule_head(rule: RuleProgram, writer: _Writer) -> dict[str, Any]:
    head = {name: getattr(rule, name) for name in (*_PLAIN_FIELDS, *_TUPLES, "patterns", "is_near")}
    head |= {name: tree_of(getattr(rule, name)) for name in ("when", "core")}
    head["unless"] = None if rule.unless is None else tree_of(rule.unless)
    head |= {name: ways_tree(getattr(rule, name)) for name in _WAYS}
    head |= {name: sorted(getattr(rule, name)) for name in ("views", "anchors", "asked")}
    return head | {"for_when": writer.pair(rule.for_when), "for_unless": writer.pair(rule.for_unless)}


def _rule_of(head: Mapping[str, Any], lookups: Sequence[Lookup]) -> RuleProgram:
    fields = {name: head[name] for name in (*_PLAIN_FIELDS, "is_near")} | {name: tuple(head[name]) for name in _TUPLES}
    fields |= {name: frozenset(head[name]) for name in ("anchors", "asked")}
    fields |= {name: _pair(head[name], lookups) for name in ("for_when", "for_unless")}
    fields |= {name: ways_of_tree(head[name]) for name in _WAYS}
    return RuleProgram(
        views=frozenset(Layer(layer) for layer in head["views"]),
        patterns=tuple((name, regex) for name, regex in head["patterns"]),
        when=condition_of(head["when"]),
        core=condition_of(head["core"]),
        unless=None if head["unless"] is None else condition_of(head["unless"]),
        **fields,
    )
