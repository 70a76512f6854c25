"""rules/precision.yaml: what the evaluation measured of each rule, written by `aup rules eval --record`."""

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.domain.precision import Track
from scanner.domain.rules import Rule
from scanner.rulebook.problems import Problem
from scanner.rulebook.yamlfile import YamlFile

NAME = "precision.yaml"


@dataclass(frozen=True, slots=True)
class Recorded:
    """One rule's record, and the revision of the rule that it was measured on."""

    track: Track
    revision: str


def read_precision(file: YamlFile) -> tuple[dict[str, Recorded], list[Problem]]:
    """The records by rule id; a file that is not there holds none."""
    problems = list(file.problems)
    rows = file.value.get("rules", {}) if isinstance(file.value, Mapping) else {}
    found: dict[str, Recorded] = {}
    for rule, row in rows.items() if isinstance(rows, Mapping) else ():
        try:
            found[rule] = Recorded(Track(int(row["right"]), int(row["wrong"])), str(row["revision"]))
        except (KeyError, TypeError, ValueError):
            mend = "write `{right: 10, wrong: 0, revision: …}`, or run `aup rules eval --record`"
            problems.append(file.problem(("rules", rule), rule, f"{row!r} is no record", mend))
    return found, problems


def render_precision(
    records: Mapping[str, Track],
    rules: Mapping[str, Rule],
    *,
    date: str,
    measured_on: str,
    held_out: Mapping[str, int] | None = None,
) -> str:
    """The file, rules in order; `held_out`: how many of the right hits are of sources the rules were not tuned on."""
    lines = [
        "# Hits of each rule on the evaluation files: right (on files labelled malicious), wrong (on benign ones).",
        "# Written by `aup rules eval --record`; a rule may act by itself from day one only on such a record.",
        "schema: 1",
        f"date: {date}",
        f"measured_on: '{measured_on}'",
        "rules:",
    ]
    for rule_id in sorted(records.keys() & rules.keys()):
        track = records[rule_id]
        apart = f", held_out: {held_out.get(rule_id, 0)}" if held_out is not None else ""
        grades = f"right: {track.right}, wrong: {track.wrong}{apart}, revision: '{rules[rule_id].revision}'"
        lines.append(f"  {rule_id}: {{{grades}}}")
    return "\n".join(lines if len(lines) > 6 else [*lines[:-1], "rules: {}"]) + "\n"
