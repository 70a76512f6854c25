"""Lints over the samples: every rule hits what it is for and leaves its neighbours alone."""

from collections.abc import Iterator

from scanner.domain.findings import Severity
from scanner.domain.rules import RuleKind
from scanner.rulebook.lint import Lint
from scanner.rulebook.problems import Level, Problem
from scanner.rulebook.samples import Specimen
from scanner.rulebook.workbench import Workbench, problem_at

OWED = 2  # samples of each kind that a YARA rule brings


def few_samples(bench: Workbench) -> Iterator[Problem]:
    """A YARA rule with fewer than two samples of a kind. Keyword rules carry theirs in `tests:`."""
    for rule in bench.own:
        if rule.kind is not RuleKind.YARA:
            continue
        for kind in ("hit", "miss"):
            count = sum(each.kind == kind for each in bench.by_rule.get(rule.id, ()))
            if count < OWED:
                mend = f"add {kind} samples for it to samples/{rule.id.split('.')[0]}.yaml (`aup rules sample FILE`)"
                yield problem_at(rule, f"has {count} {kind} sample{'' if count == 1 else 's'}, {OWED} are owed", mend)


def silent_on_hit(bench: Workbench) -> Iterator[Problem]:
    """A sample that its rule should hit and does not."""
    for sample in _of(bench, "hit"):
        if sample.rule not in bench.seen[sample.name, sample.data]:
            mend = f"see why: `aup rules test {sample.rule} SAMPLE`; mend the rule or the sample"
            yield _at(sample, f"sample {sample.name!r} is not hit", mend)


def hit_on_miss(bench: Workbench) -> Iterator[Problem]:
    """A sample that its rule should leave alone and does not."""
    for sample in _of(bench, "miss"):
        if sample.rule in bench.seen[sample.name, sample.data]:
            mend = f"see why: `aup rules test {sample.rule} SAMPLE`; narrow the rule"
            yield _at(sample, f"sample {sample.name!r} is hit and should not be", mend)


def neighbour_hit(bench: Workbench) -> Iterator[Problem]:
    """A harmless sample of any rule that another rule flags at severity high or above."""
    for sample in bench.samples:
        if sample.kind != "miss":
            continue
        for rule_id in sorted(bench.seen[sample.name, sample.data] - {sample.rule}):
            rule = bench.book.rule(rule_id)
            if rule is not None and rule.severity >= Severity.HIGH and not _is_hit_of(bench, sample, rule_id):
                mend = f"narrow {rule_id}, or add the sample to its hits if it is right"
                yield _at(sample, f"the harmless sample {sample.name!r} is hit by {rule_id}", mend)


def unknown_rule(bench: Workbench) -> Iterator[Problem]:
    """Samples of a rule that does not exist."""
    named: set[str] = set()
    for sample in bench.samples:
        if sample.rule and sample.rule not in bench.book.rules and sample.rule not in named:
            named.add(sample.rule)
            yield _at(sample, f"there is no rule {sample.rule!r}", "correct the id, or remove the samples")


def both_ways(bench: Workbench) -> Iterator[Problem]:
    """The same bytes as hit and as miss of one rule."""
    for samples in bench.by_rule.values():
        hits = {each.data for each in samples if each.kind == "hit"}
        for sample in samples:
            if sample.kind == "miss" and sample.data in hits:
                yield _at(sample, f"sample {sample.name!r} is both hit and miss", "decide which it is")


def _of(bench: Workbench, kind: str) -> Iterator[Specimen]:
    return (each for each in bench.samples if each.kind == kind and each.rule in bench.book.rules)


def _is_hit_of(bench: Workbench, sample: Specimen, rule_id: str) -> bool:
    return any(each.kind == "hit" and each.data == sample.data for each in bench.by_rule.get(rule_id, ()))


def _at(sample: Specimen, message: str, mend: str) -> Problem:
    place = sample.place
    return Problem(Level.ERROR, sample.file, place.line, place.column, sample.rule or "benign", message, mend)


LINTS = (
    Lint("few-samples", Level.ERROR, "Two that hit and two that do not say what a rule does.", few_samples),
    Lint("sample-not-hit", Level.ERROR, "A rule that misses its own sample finds nothing else either.", silent_on_hit),
    Lint("sample-hit", Level.ERROR, "The harmless samples are the customers' pages.", hit_on_miss),
    Lint("neighbour-hit", Level.ERROR, "What is harmless to one rule is harmless to all.", neighbour_hit),
    Lint("unknown-sample", Level.ERROR, "Samples of nobody prove nothing.", unknown_rule),
    Lint("both-ways", Level.ERROR, "A rule cannot hit and miss the same bytes.", both_ways),
)
