"""What the lints look at: one rules folder, read once, with its rules, texts and samples side by side."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from scanner.domain.content import Sample
from scanner.domain.rules import Rule, Rulebook
from scanner.rulebook.cost import Costs, measure
from scanner.rulebook.problems import Level, Place, Problem
from scanner.rulebook.samples import Specimen, read_samples
from scanner.rulebook.sources import Sources
from scanner.rulebook.yaratext import YaraRule, YaraSource, read_yara

Hits = Callable[[Sample], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Eyes:
    """Detection under the rulebook on the bench: which rules hit a sample, all views and containers included.

    `asked`: which YARA rules the prefilter leaves to be asked of a sample's bytes; `always`: those it never spares.
    """

    hits: Hits
    asked: Hits | None = None
    always: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Workbench:
    """A rulebook on the bench. `eyes` are detection under this very rulebook."""

    book: Rulebook
    eyes: Eyes
    samples: tuple[Specimen, ...] = ()

    @cached_property
    def yara(self) -> Mapping[str, YaraSource]:
        """The parsed YARA files by path."""
        return {file.path: read_yara(file.text) for file in self.book.yara}

    @cached_property
    def yara_rules(self) -> Mapping[str, tuple[Rule, YaraRule]]:
        """Each YARA rule with its text's parts, by id."""
        found = {}
        for file in self.book.yara:
            for parsed in self.yara[file.path].rules:
                rule = self.book.rule(file.names.get(parsed.name, ""))
                if rule is not None:
                    found[rule.id] = (rule, parsed)
        return found

    @cached_property
    def by_rule(self) -> Mapping[str, tuple[Specimen, ...]]:
        """The samples of each rule."""
        grouped: dict[str, list[Specimen]] = {}
        for sample in self.samples:
            grouped.setdefault(sample.rule, []).append(sample)
        return {rule: tuple(each) for rule, each in grouped.items()}

    @cached_property
    def costs(self) -> Costs:
        """What each YARA rule and pack costs; measured at the first look."""
        return measure(self.book, self.samples)

    @cached_property
    def seen(self) -> Mapping[tuple[str, bytes], frozenset[str]]:
        """Which rules hit each sample, by name and bytes; each is looked at once."""
        return {(each.name, each.data): self.eyes.hits(Sample(each.name, each.data)) for each in self.samples}

    @cached_property
    def own(self) -> tuple[Rule, ...]:
        """The rules that stand under the whole contract: all but imported sets, which came without samples."""
        return tuple(rule for rule in self.book.rules.values() if "/imported/" not in rule.file)


def problem_at(rule: Rule, message: str, mend: str = "", place: Place | None = None) -> Problem:
    """What a lint says of a rule; the level comes from the lint."""
    at = place or Place(rule.line, 1)
    return Problem(Level.ERROR, rule.file, at.line, at.column, rule.id, message, mend)


def open_workbench(book: Rulebook, folders: Iterable[Sources], eyes: Eyes) -> tuple[Workbench, list[Problem]]:
    """The folders on the bench, and what is wrong with their sample files."""
    samples: list[Specimen] = []
    problems: list[Problem] = []
    for sources in folders:
        found, wrong = read_samples(sources)
        samples.extend(found)
        problems.extend(wrong)
    return Workbench(book, eyes, tuple(samples)), problems
