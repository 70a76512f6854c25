"""What yara-x says of the same rules and bytes, in a process of its own: asked before rules are published.

It holds the interpreter for as long as it scans, takes gigabytes on some expressions, and sees matches that yara-python
misses now and then: so it is bounded, and a difference is told, not decided.
"""

import base64
import importlib
import importlib.util
import json
import resource
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

import yara

from scanner.domain.content import Sample
from scanner.domain.rules import Rulebook

MOST_BYTES = 64 * 1024 * 1024  # of all contents together
SECONDS = 300
MEMORY = 4 * 1024 * 1024 * 1024
_ROOT = str(Path(__file__).resolve().parents[2])
_START = f"import sys; sys.path.insert(0, {_ROOT!r}); from scanner.rulebook.second_opinion import main; main()"


@dataclass(frozen=True, slots=True)
class Opinion:
    """`differing`: (content, rule, the engine that names it). `refused`: files of rules that yara-x does not compile.

    `silent` says why there is no opinion at all; `asked` counts contents, `left_out` those over the bound of bytes.
    """

    engine: str = ""
    asked: int = 0
    left_out: int = 0
    differing: tuple[tuple[str, str, str], ...] = ()
    refused: tuple[str, ...] = ()
    silent: str = ""


def second_opinion(book: Rulebook, contents: Sequence[Sample], seconds: float = SECONDS) -> Opinion:
    """Both engines over the raw bytes of `contents`, without any prefilter."""
    if importlib.util.find_spec("yara_x") is None:
        return Opinion(silent="yara-x is not installed (aup-scanner[second])")
    asked = list(_within(contents))
    answer = _ask(book, asked, seconds)
    if isinstance(answer, str):
        return Opinion(silent=answer)
    refused = frozenset(answer["refused"])
    rules = {(file.namespace, name): rule for file in book.yara for name, rule in file.names.items()}
    plain = yara.compile(sources={file.namespace: file.text for file in book.yara}, includes=False)
    differing = list[tuple[str, str, str]]()
    for sample, theirs in zip(asked, answer["matches"], strict=True):
        ours = {(match.namespace, match.rule) for match in plain.match(data=sample.data)}
        ours = {key for key in ours if key[0] not in refused}
        other = {(str(space), str(name)) for space, name in theirs}
        differing += [(sample.name, rules[key], "yara-python") for key in sorted(ours - other) if key in rules]
        differing += [(sample.name, rules[key], "yara-x") for key in sorted(other - ours) if key in rules]
    left_out = len(contents) - len(asked)
    return Opinion(f"yara-x {answer['version']}", len(asked), left_out, tuple(differing), tuple(sorted(refused)))


def _within(contents: Sequence[Sample]) -> Iterator[Sample]:
    size = 0
    for sample in contents:
        size += len(sample.data)
        if size <= MOST_BYTES:
            yield sample


def _ask(book: Rulebook, contents: Sequence[Sample], seconds: float) -> dict[str, Any] | str:
    """The child's answer, or why there is none."""
    question = {
        "rules": [(file.namespace, file.text) for file in book.yara],
        "contents": [base64.b64encode(sample.data).decode() for sample in contents],
    }
    try:
        done = subprocess.run(
            [sys.executable, "-c", _START], input=json.dumps(question).encode(), capture_output=True,
            timeout=seconds, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"yara-x did not end in {seconds:g} s"
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return f"yara-x failed: {said[-1] if said else f'exit {done.returncode}'}"
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def main() -> None:
    """Entry of the child: one question on standard input, one answer on standard output."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    engine = importlib.import_module("yara_x")
    question = json.load(sys.stdin)
    scanner, refused = _scanner(engine, question["rules"])
    matches = [
        [(rule.namespace, rule.identifier) for rule in scanner.scan(base64.b64decode(content)).matching_rules]
        for content in question["contents"]
    ]
    version = metadata.version("yara-x")
    json.dump({"matches": matches, "refused": refused, "version": version}, sys.stdout)


def _scanner(engine: Any, rules: list[tuple[str, str]]) -> tuple[Any, list[str]]:
    refused: list[str] = []
    compiler = engine.Compiler(relaxed_re_syntax=True)
    for namespace, text in rules:
        compiler.new_namespace(namespace)
        try:
            compiler.add_source(text)
        except engine.CompileError:
            refused.append(namespace)
    return engine.Scanner(compiler.build()), refused
