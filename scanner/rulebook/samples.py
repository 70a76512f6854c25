"""Samples that prove a rule: bytes that it must hit and bytes that it must leave alone, each with its origin.

They are kept as base64 of zlib-compressed bytes inside YAML, so that nothing in them can be executed, served or found
by another scanner; the loader never needs them, `aup rules check` does.
"""

import base64
import binascii
import textwrap
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scanner.rulebook.fields import Fields
from scanner.rulebook.problems import Place, Problem
from scanner.rulebook.sources import Sources
from scanner.rulebook.yamlfile import YamlFile, read_yaml

MAX_SAMPLE = 4 * 1024 * 1024
KINDS = ("hit", "miss")


@dataclass(frozen=True, slots=True)
class Specimen:
    """One sample of one rule. `kind` is hit or miss; `rule` is "" for the benign bytes that belong to all rules."""

    rule: str
    kind: str
    name: str
    origin: str
    data: bytes
    file: str
    place: Place


def read_samples(sources: Sources) -> tuple[tuple[Specimen, ...], list[Problem]]:
    """All samples of a rules folder, and what is wrong with their files."""
    found: list[Specimen] = []
    problems: list[Problem] = []
    for path in sources.under("samples", ".yaml"):
        file = read_yaml(path, sources.texts[path])
        problems.extend(file.problems)
        if not file.problems:
            found.extend(_samples(file, problems))
    return tuple(found), problems


def pack_bytes(data: bytes) -> str:
    """Bytes as they are kept in a sample."""
    return base64.b64encode(zlib.compress(data, 9)).decode()


def unpack_bytes(text: str) -> bytes:
    """The bytes of a sample; ValueError where it is damaged or over 4 MiB."""
    try:
        packed = base64.b64decode("".join(text.split()), validate=True)
        reader = zlib.decompressobj()
        data = reader.decompress(packed, MAX_SAMPLE)
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"is not base64 of zlib-compressed bytes: {error}") from error
    if reader.unconsumed_tail:
        raise ValueError(f"is over {MAX_SAMPLE} bytes")
    if not reader.eof:
        raise ValueError("is cut off")
    return data


def render_sample(name: str, origin: str, data: bytes) -> str:
    """One list item of a samples file."""
    lines = "\n".join("        " + line for line in textwrap.wrap(pack_bytes(data), 108))
    quoted = origin.replace("'", "''")
    return f"    - name: '{name}'\n      origin: '{quoted}'\n      data: >-\n{lines}\n"


def _samples(file: YamlFile, problems: list[Problem]) -> Iterable[Specimen]:
    top = Fields(file, (), "", problems)
    top.rest("schema", "samples", "benign")
    rules = top.mapping.get("samples", {})
    if not isinstance(rules, Mapping):
        top.refuse("samples", "is no mapping", "write `samples:` and one `rule.id:` per rule")
        return
    for rule in rules:
        row = Fields(file, ("samples", rule), str(rule), problems)
        row.rest(*KINDS)
        for kind in KINDS:
            yield from _listed(file, ("samples", rule, kind), str(rule), kind, problems)
    yield from _listed(file, ("benign",), "", "miss", problems)


def _listed(
    file: YamlFile, key: tuple[str | int, ...], rule: str, kind: str, problems: list[Problem]
) -> Iterable[Specimen]:
    rows: object = file.value
    for step in key:
        rows = rows.get(step) if isinstance(rows, Mapping) else None
    for index in range(len(rows) if isinstance(rows, list) else 0):
        row = Fields(file, (*key, index), rule or "benign", problems)
        name, origin, text = row.text("name"), row.text("origin"), row.text("data")
        row.rest()
        try:
            yield Specimen(rule, kind, name, origin, unpack_bytes(text), file.path, file.at(*key, index))
        except ValueError as error:
            row.refuse("data", f"data {error}", "make it with `aup rules sample FILE`")
