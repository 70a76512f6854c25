"""Lints over YARA text: what may be used, and what makes every file slow."""

import re
from collections.abc import Iterator

import yara

from scanner.domain.content import Sample
from scanner.domain.rules import Rule
from scanner.rulebook.lint import Lint
from scanner.rulebook.problems import Level, Place, Problem
from scanner.rulebook.workbench import Workbench, problem_at
from scanner.rulebook.yaratext import YaraRule, YaraString

IMPORTS = {"math": None, "string": None, "pe": "native", "elf": "native"}  # module: the only lane that may use it
MOST_ASKED = 0.02  # share of ordinary files that a rule outside a lane may have to be asked of
LONG_GAP = 2_000  # bytes a repeat of a wide class may span
_ENDLESS = r"(?:[*+]|\{\d*,\})"
_OPEN_END = re.compile(rf"(?<!\\)(?:\.|\[\^(?:\\.|[^\]\\])+\]|\\[WSD]){_ENDLESS}")
_DOTS = re.compile(rf"(?<!\\)\.{_ENDLESS}")
_ANYTHING = re.compile(rf"(?<!\\)\[\\[sS]\\[sS]\]{_ENDLESS}")
_NESTED = re.compile(rf"\((?:\?:)?(?:\\.|\[(?:\\.|[^\]\\])+\]|[^\\()\[\]]){_ENDLESS}\){_ENDLESS}")
_REPEAT = re.compile(r"\{\d*,(\d+)\}")
_JUMP = re.compile(r"\[\s*(\d*)\s*-\s*(\d*)\s*\]")
_WARNING = re.compile(r"line (\d+): (.*)")


def forbidden_import(bench: Workbench) -> Iterator[Problem]:
    """A module that is not on the list, or one outside its lane."""
    for path, source in bench.yara.items():
        if "/imported/" in path:
            continue
        for module, place in source.imports:
            if module not in IMPORTS:
                mend = f"use one of: {', '.join(IMPORTS)}; hash lists stand in hashes/"
                yield Problem(Level.ERROR, path, place.line, place.column, "", f"import {module!r}", mend)
    for rule, parsed in _own(bench):
        for module in parsed.words & IMPORTS.keys():
            lane = IMPORTS[module]
            if lane and rule.lane != lane:
                yield problem_at(rule, f"uses {module} in lane {rule.lane}", f'set lane = "{lane}"', parsed.place)


def global_rule(bench: Workbench) -> Iterator[Problem]:
    """A global rule, which silences all others of its file."""
    for rule, parsed in _own(bench):
        if parsed.is_global:
            yield problem_at(rule, "is global", "use a private rule and name it in the conditions", parsed.place)


def always_asked(bench: Workbench) -> Iterator[Problem]:
    """A rule from which the prefilter spares no file."""
    for rule, parsed in _own(bench):
        if rule.id in bench.eyes.always and parsed.strings:
            what = "no fixed bytes are needed for a hit: it is asked of every file of its lane"
            yield problem_at(rule, what, "let every branch of the condition need four fixed bytes", parsed.place)


def frequent_trigger(bench: Workbench) -> Iterator[Problem]:
    """A rule of lane any that has to be asked of many harmless files."""
    asked = bench.eyes.asked
    if asked is None:
        return
    ordinary = [sample for sample in bench.samples if sample.kind == "miss"]
    triggered = [(sample, asked(Sample(sample.name, sample.data))) for sample in ordinary]
    for rule, parsed in _own(bench):
        category = rule.id.split(".")[0]
        foreign = [rules for sample, rules in triggered if sample.rule.split(".")[0] != category]
        count = sum(rule.id in rules for rules in foreign)
        if rule.lane == "any" and rule.id not in bench.eyes.always and count > max(2, MOST_ASKED * len(foreign)):
            what = f"is asked of {count} of {len(foreign)} harmless files of other categories"
            yield problem_at(rule, what, "need a rarer string, or name the lane it is for", parsed.place)


def stringless(bench: Workbench) -> Iterator[Problem]:
    """A rule that looks for no string: no prefilter can spare a file from it."""
    for rule, parsed in _own(bench):
        if not parsed.strings and not parsed.words & {each.name for each in bench.yara[rule.file].rules}:
            yield problem_at(rule, "looks for no string", "give it a string that every hit must hold", parsed.place)


def open_repeat(bench: Workbench) -> Iterator[Problem]:
    """`.*`, `.+`, `x{3,}` over a wide class."""
    for rule, string in _strings(bench, "regex"):
        if found := _OPEN_END.search(string.body):
            yield _at(rule, string, f"{found[0]!r} has no end", "bound it, for example {0,200}")


def across_lines(bench: Workbench) -> Iterator[Problem]:
    """An endless repeat that crosses lines."""
    for rule, string in _strings(bench, "regex"):
        flags = string.body.rsplit("/", 1)[-1]
        found = ("s" in flags and _DOTS.search(string.body)) or _ANYTHING.search(string.body)
        if found:
            yield _at(rule, string, f"{found[0]!r} runs across lines without end", "bound it, for example {0,400}")


def nested_repeat(bench: Workbench) -> Iterator[Problem]:
    """A repeat inside a repeat, `(a+)+`: the classic that never ends."""
    for rule, string in _strings(bench, "regex"):
        if found := _NESTED.search(string.body):
            yield _at(rule, string, f"{found[0][:40]!r} repeats a repeat", "take one of the two repeats away")


def long_gap(bench: Workbench) -> Iterator[Problem]:
    """A repeat or jump over very many bytes."""
    for rule, string in _strings(bench, "regex"):
        for found in _REPEAT.finditer(string.body):
            if int(found[1]) > LONG_GAP:
                yield _at(
                    rule, string, f"{found[0]} spans over {LONG_GAP} bytes", "use two strings and compare offsets"
                )
    for rule, string in _strings(bench, "hex"):
        for found in _JUMP.finditer(string.body):
            if not found[2] or int(found[2]) > LONG_GAP:
                yield _at(rule, string, f"jump {found[0]} spans over {LONG_GAP} bytes", "use two strings")


def short_string(bench: Workbench) -> Iterator[Problem]:
    """A text string of fewer than four bytes: it is in every file."""
    for rule, string in _strings(bench, "text"):
        if 0 < len(string.literal) < 4:
            yield _at(rule, string, f"looks for {len(string.literal)} bytes", "make it four bytes or more")


def compiler_warns(bench: Workbench) -> Iterator[Problem]:
    """What YARA's own compiler calls slow."""
    for file in bench.book.yara:
        if "/imported/" in file.path:
            continue
        for warning in yara.compile(source=file.text, includes=False).warnings:
            found = _WARNING.match(warning)
            line, message = (int(found[1]), found[2]) if found else (0, warning)
            yield Problem(Level.WARNING, file.path, line, 1, "", message, "give the string four fixed bytes in a row")


def _own(bench: Workbench) -> Iterator[tuple[Rule, YaraRule]]:
    return (pair for pair in bench.yara_rules.values() if "/imported/" not in pair[0].file)


def _strings(bench: Workbench, kind: str) -> Iterator[tuple[Rule, YaraString]]:
    for rule, parsed in _own(bench):
        for string in parsed.strings:
            if string.kind == kind:
                yield rule, string


def _at(rule: Rule, string: YaraString, message: str, mend: str) -> Problem:
    return problem_at(rule, f"{string.name} {message}", mend, Place(string.place.line, string.place.column))


LINTS = (
    Lint("forbidden-import", Level.ERROR, "A module costs up to 250 µs on every file of any type.", forbidden_import),
    Lint("global-rule", Level.ERROR, "A global rule that fails silences every other rule.", global_rule),
    Lint("stringless-rule", Level.ERROR, "It is asked of every file, however small.", stringless),
    Lint("always-asked", Level.WARNING, "Its cost falls on every file, however small.", always_asked),
    Lint("frequent-trigger", Level.WARNING, "What triggers on ordinary files spoils the prefilter.", frequent_trigger),
    Lint("open-repeat", Level.WARNING, "Without an end, one crafted file costs minutes.", open_repeat),
    Lint("across-lines", Level.ERROR, "It ties unrelated lines together, slowly.", across_lines),
    Lint("nested-repeat", Level.ERROR, "One such pattern ran 64 s on 4 KB.", nested_repeat),
    Lint("long-gap", Level.WARNING, "The farther apart, the more of it is chance.", long_gap),
    Lint("short-string", Level.WARNING, "Short strings hit everywhere and spoil the prefilter.", short_string),
    Lint("compiler-warns", Level.WARNING, "The engine itself says that the string slows every scan.", compiler_warns),
)
