"""A compiled program as bytes and back: a cache, never a source. A damaged or foreign one is refused by name.

Layout: magic, sha256 of all that follows, length of the JSON head, the head, then the blobs it counts.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from scanner.domain.findings import Layer
from scanner.errors import RuleError
from scanner.keywords.automata import engine_version, load_automaton
from scanner.keywords.conditions import parse_condition
from scanner.keywords.program import Ints, Program, RuleProgram, SlotTable, Stream

_MAGIC = b"AUPKW1\n"
_COLUMNS = ("rule", "group", "term", "weight", "flags", "text", "written")


def dump_program(program: Program, digest: str) -> bytes:
    """The program as bytes; `digest` names the packs it was compiled from."""
    blobs: list[bytes] = [getattr(program.slots, name).tobytes() for name in _COLUMNS]
    for stream in (program.plain, program.sound):
        blobs += [stream.all.dump(), b"" if stream.anchors is stream.all else stream.anchors.dump()]
        blobs += [stream.anchor_forms.tobytes(), stream.first.tobytes(), stream.slots.tobytes()]
    blobs.append("\n".join(program.slots.texts).encode("utf-8"))
    head = {
        "digest": digest,
        "engine": engine_version(program.engine),
        "rules": [_rule_head(rule) for rule in program.rules],
        "names": program.slots.names,
        "exceptions": [[form, list(packs)] for form, packs in program.exceptions.items()],
        "longest": [program.plain.longest, program.sound.longest],
        "shared": [stream.anchors is stream.all for stream in (program.plain, program.sound)],
        "blobs": [len(blob) for blob in blobs],
    }
    text = json.dumps(head, ensure_ascii=False).encode("utf-8")
    body = len(text).to_bytes(8, "little") + text + b"".join(blobs)
    return _MAGIC + hashlib.sha256(body).digest() + body


def load_program(body: bytes, digest: str, engine: str) -> Program:
    """The program that `dump_program` wrote for the same packs and engine; RuleError names what does not fit."""
    rest = body[len(_MAGIC) + 32 :]
    if not body.startswith(_MAGIC) or hashlib.sha256(rest).digest() != body[len(_MAGIC) : len(_MAGIC) + 32]:
        raise _unfit("is damaged")
    size = int.from_bytes(rest[:8], "little")
    head = json.loads(rest[8 : 8 + size])
    if head["digest"] != digest:
        raise _unfit("is of other packs")
    if head["engine"] != engine_version(engine):
        raise _unfit(f"is of engine {head['engine']}")
    blobs = _cut(rest[8 + size :], head["blobs"])
    at = len(_COLUMNS)
    rule, group, term, weight, flags, text, written = blobs[:at]
    return Program(
        rules=tuple(_rule_of(rule) for rule in head["rules"]),
        slots=SlotTable(
            rule=_ints(rule),
            group=_ints(group),
            term=_ints(term),
            weight=np.frombuffer(weight, np.float32),
            flags=_ints(flags),
            text=_ints(text),
            written=_ints(written),
            names=tuple(head["names"]),
            texts=blobs[-1].decode("utf-8").split("\n"),
        ),
        plain=_stream(blobs[at : at + 5], head["longest"][0], head["shared"][0], engine),
        sound=_stream(blobs[at + 5 : at + 10], head["longest"][1], head["shared"][1], engine),
        exceptions={form: tuple(packs) for form, packs in head["exceptions"]},
        engine=engine,
    )


def _unfit(what: str) -> RuleError:
    return RuleError(f"the compiled keyword cache {what}", mend="delete it; it is compiled anew from the packs")


def _cut(body: bytes, sizes: list[int]) -> list[bytes]:
    out, at = [], 0
    for size in sizes:
        out.append(body[at : at + size])
        at += size
    return out


def _ints(blob: bytes) -> Ints:
    return np.frombuffer(blob, np.int32)


def _stream(blobs: list[bytes], longest: int, shared: bool, engine: str) -> Stream:
    whole, anchors, forms, first, slots = blobs
    everything = load_automaton(whole, engine)
    alone = everything if shared else load_automaton(anchors, engine)
    return Stream(everything, alone, _ints(forms), _ints(first), _ints(slots), longest)


def _rule_head(rule: RuleProgram) -> dict[str, Any]:
    return {
        "id": rule.id,
        "pack": rule.pack,
        "views": sorted(rule.views),
        "window": rule.window,
        "gap": rule.gap,
        "when": rule.when_text,
        "unless": rule.unless_text,
        "own": rule.own,
        "groups": rule.groups,
        "anchors": sorted(rule.anchors),
        "patterns": rule.patterns,
        "judged": rule.judged,
        "negates": rule.negates,
    }


def _rule_of(head: Mapping[str, Any]) -> RuleProgram:
    patterns = tuple((name, regex) for name, regex in head["patterns"])
    known = {*head["groups"], *(name for name, _ in patterns)}
    where = f"compiled rule {head['id']}"
    return RuleProgram(
        id=head["id"],
        pack=head["pack"],
        views=frozenset(Layer(layer) for layer in head["views"]),
        window=head["window"],
        gap=head["gap"],
        when=parse_condition(head["when"], known, where),
        when_text=head["when"],
        unless=parse_condition(head["unless"], known, where) if head["unless"] else None,
        unless_text=head["unless"],
        own=tuple(head["own"]),
        groups=tuple(head["groups"]),
        anchors=frozenset(head["anchors"]),
        patterns=patterns,
        judged=tuple(head["judged"]),
        negates=head["negates"],
    )
