"""From a rules folder to a Rulebook: everything that is wrong is found in one go, and nothing is dropped in silence."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from scanner.domain.policy import Policy
from scanner.domain.rules import HashEntry, Rule, Rulebook, digest_of
from scanner.rulebook import agreement, policyfile, precisionfile
from scanner.rulebook import overlay as overlays
from scanner.rulebook.agreement import Clauses
from scanner.rulebook.hashfile import HashList
from scanner.rulebook.overlay import PREFIX, Overlay
from scanner.rulebook.parts import Parts, pack_in_force, read_parts, yara_in_force
from scanner.rulebook.problems import Level, Place, Problem, RulebookError, errors_of, problem
from scanner.rulebook.sources import Sources, read_sources
from scanner.rulebook.yamlfile import YamlFile, read_yaml

JUDGING = (
    agreement.NAME,
    policyfile.NAME,
    overlays.NAME,
    *(f"{name}/" for name in (*overlays.OWN_FOLDERS, "imported")),
)


def load_rulebook(path: Path, overlay: Path | None = None, today: date | None = None) -> Rulebook:
    """The rulebook of a folder, with the operator's overlay; RulebookError (a RuleError) with every problem."""
    book, problems = inspect_rulebook(path, overlay, today)
    if book is None:
        raise RulebookError(errors_of(problems))
    return book


def inspect_rulebook(
    path: Path, overlay: Path | None = None, today: date | None = None
) -> tuple[Rulebook | None, tuple[Problem, ...]]:
    """The rulebook, or None where anything refuses it, and all problems in the order of files and lines."""
    shipped, own = read_sources(path), read_sources(overlay, PREFIX) if overlay else Sources(path, prefix=PREFIX)
    assembly = _Assembly(shipped, own, today or datetime.now(UTC).date())
    book = assembly.book()
    ordered = tuple(sorted(assembly.problems, key=lambda each: (each.file, each.line, each.column, each.message)))
    return (None if errors_of(ordered) else book), ordered


class _Assembly:
    """One load: the folders' texts go in, a rulebook comes out, problems collect on the way."""

    def __init__(self, shipped: Sources, own: Sources, today: date) -> None:
        self.shipped, self.own, self.today = shipped, own, today
        self.problems: list[Problem] = [*shipped.problems, *own.problems]
        self.broken: list[tuple[str, str]] = []

    def book(self) -> Rulebook:
        clauses = self._clauses()
        layer, wrong = overlays.read_overlay(self.own.texts.get(PREFIX + overlays.NAME), self.today)
        self.problems.extend(wrong)
        shipped = replace(self.shipped, texts=self._extended(layer))
        own = replace(self.own, texts=self._granted(layer))
        parts = read_parts(shipped, clauses).joined(read_parts(own, clauses))
        self.problems.extend(parts.problems)
        rules, wrong = overlays.graded(self._united(parts), layer, clauses)
        self.problems.extend(wrong)
        kept = frozenset(rules)
        return Rulebook(
            agreement=clauses.agreement,
            policy=self._policy(clauses),
            rules=rules,
            yara=tuple(yara_in_force(file, kept) for file in parts.yara),
            keywords=tuple(pack_in_force(file, kept) for file in parts.keywords),
            hashes=self._hashes(parts.hashes, kept),
            broken=tuple(self.broken),
            scorers=tuple(file.file for file in parts.scorers if kept.intersection(rule.id for rule in file.rules)),
            digest=_digest({**shipped.texts, **own.texts}),
            recorded=self._recorded(kept),
        )

    def _clauses(self) -> Clauses:
        clauses, wrong = agreement.read_agreement(self._shipped_yaml(agreement.NAME))
        self.problems.extend(wrong)
        return clauses

    def _policy(self, clauses: Clauses) -> Policy:
        policy, wrong = policyfile.read_policy(self._shipped_yaml(policyfile.NAME), clauses.agreement)
        own = self.own.texts.get(PREFIX + policyfile.NAME)
        if own is not None:
            file = read_yaml(PREFIX + policyfile.NAME, own)
            policy, more = policyfile.read_policy(file, clauses.agreement, policy)
            wrong.extend(more)
        self.problems.extend(wrong)
        return policy

    def _recorded(self, kept: frozenset[str]) -> dict[str, tuple[int, int]]:
        found: dict[str, tuple[int, int]] = {}
        for sources in (self.shipped, self.own):
            name = sources.prefix + precisionfile.NAME
            records, wrong = precisionfile.read_precision(read_yaml(name, sources.texts.get(name, "{}")))
            self.problems.extend(wrong)
            found.update({key: (each.track.right, each.track.wrong) for key, each in records.items() if key in kept})
        return found

    def _shipped_yaml(self, name: str) -> YamlFile:
        if name not in self.shipped.texts:
            self.problems.append(problem(name, Place(), "", "there is no such file", "restore it in the rules folder"))
        return read_yaml(name, self.shipped.texts.get(name, "{}"))

    def _extended(self, layer: Overlay) -> Mapping[str, str]:
        texts, wrong = overlays.extend_packs(self.shipped, layer)
        self.problems.extend(wrong)
        return texts

    def _granted(self, layer: Overlay) -> Mapping[str, str]:
        texts, broken, wrong = overlays.granted(self.own, layer, self.today)
        self.broken.extend(broken)
        self.problems.extend(wrong)
        return texts

    def _united(self, parts: Parts) -> dict[str, Rule]:
        rules: dict[str, Rule] = {}
        for rule in parts.rules:
            first = rules.setdefault(rule.id, rule)
            if first is not rule:
                what = f"the id stands already at {first.file}:{first.line}"
                mend = "give one of them another id"
                self.problems.append(problem(rule.file, Place(rule.line, 1), rule.id, what, mend))
        return rules

    def _hashes(self, lists: Iterable[HashList], kept: frozenset[str]) -> tuple[HashEntry, ...]:
        entries: list[HashEntry] = []
        for each in lists:
            if each.rule is None or each.rule.id not in kept:
                continue
            if self.today < each.off_until:
                why = f"{each.rule.id} is switched off until {each.off_until}"
                self.broken.append((each.rule.file, why))
                place, mend = Place(each.rule.line, 1), "remove off_until to switch it on again"
                self.problems.append(problem(each.rule.file, place, each.rule.id, why, mend, Level.WARNING))
                continue
            entries.extend(each.entries)
        return tuple(entries)


def _digest(texts: Mapping[str, str]) -> str:
    """One digest over everything that judges. Samples and records prove rules; a new one must not void verdicts."""
    judging = {name: text for name, text in texts.items() if name.removeprefix(PREFIX).startswith(JUDGING)}
    return digest_of((name, text.encode()) for name, text in judging.items())
