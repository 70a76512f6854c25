"""Lints over what rules say of themselves."""

from collections.abc import Iterator

from scanner.domain.clauses import Ceiling
from scanner.domain.findings import Confidence, Severity
from scanner.domain.precision import Track
from scanner.domain.rules import RuleKind, RuleStatus
from scanner.rulebook.lint import Lint
from scanner.rulebook.problems import Level, Place, Problem
from scanner.rulebook.workbench import Workbench, problem_at

DAY_ONE = 0.95  # measured precision from which a rule may act before anybody has decided on its hits
SHORT = 12  # characters of a description that still says something


def no_author(bench: Workbench) -> Iterator[Problem]:
    """A rule without author or reference."""
    for rule in bench.own:
        for key in ("author", "reference"):
            if not getattr(rule, key):
                yield problem_at(rule, f"{key} is missing", f"add `{key}`; `own` where the rule is your own work")


def short_description(bench: Workbench) -> Iterator[Problem]:
    """A description that says nothing to a reviewer."""
    for rule in bench.own:
        if len(rule.description) < SHORT:
            yield problem_at(rule, f"description {rule.description!r} is short", "say what is seen and why it matters")


def wrong_folder(bench: Workbench) -> Iterator[Problem]:
    """A YARA rule in a folder of another category."""
    for rule, parsed in bench.yara_rules.values():
        folders = rule.file.split("yara/")[-1].split("/")[:-1]
        category = rule.id.split(".")[0]
        if folders and category not in folders and rule in bench.own:
            mend = f"move it to yara/{category}/, or name it {folders[-1]}.…"
            yield problem_at(rule, f"category {category!r} in folder {folders[-1]!r}", mend, parsed.place)


def idle_rule(bench: Workbench) -> Iterator[Problem]:
    """A rule that can never open a case though its status says that it may."""
    for rule in bench.own:
        policy = bench.book.policy.of(rule.clause)
        if rule.status not in (RuleStatus.REVIEW, RuleStatus.AUTO):
            continue
        if rule.ceiling is Ceiling.RECORD or rule.severity < policy.review_at:
            what = (
                f"status {rule.status} but severity {rule.severity.name.lower()}, ceiling {rule.ceiling.name.lower()}"
            )
            yield problem_at(rule, f"{what}: it never opens a case", "use status shadow, or grade it higher")


def unsure_suspension(bench: Workbench) -> Iterator[Problem]:
    """A rule that may suspend by itself although its author is not sure of it."""
    for rule in bench.own:
        sure = rule.confidence is Confidence.HIGH and rule.severity >= Severity.HIGH
        if rule.status is RuleStatus.AUTO and rule.ceiling >= Ceiling.THROTTLE and not sure:
            yield problem_at(rule, "status auto without high confidence and severity", "use status review")


def twin_rules(bench: Workbench) -> Iterator[Problem]:
    """Two YARA rules with the same strings and condition."""
    seen: dict[tuple[object, str], str] = {}
    for rule, parsed in bench.yara_rules.values():
        body = (tuple((each.body, each.modifiers) for each in parsed.strings), " ".join(parsed.condition.split()))
        first = seen.setdefault(body, rule.id)
        if first != rule.id and rule in bench.own:
            yield problem_at(rule, f"is the same as {first}", "keep one of the two", parsed.place)


def scorer_without_limit(bench: Workbench) -> Iterator[Problem]:
    """A scorer that may do more than ask a person."""
    for rule in bench.own:
        if rule.kind is RuleKind.SCORER and rule.ceiling > Ceiling.REVIEW:
            yield problem_at(rule, "a scorer with a ceiling above review", "use ceiling review", Place(rule.line, 1))


def unmeasured_auto(bench: Workbench) -> Iterator[Problem]:
    """A rule that would act from day one and whose precision was never measured, or is too low."""
    for rule in bench.own:
        if rule.status is not RuleStatus.AUTO or not bench.book.policy.of(rule.clause).day_one:
            continue
        track = Track(*bench.book.recorded.get(rule.id, (0, 0)))
        if not track.total:
            mend = "run `aup rules eval … --record` on content that it hits; until then it waits for a person"
            yield problem_at(rule, "status auto, and its precision was never measured", mend)
        elif track.share < DAY_ONE:
            what = (
                f"status auto with a measured precision of {track.share:.2f} ({track.right} right, {track.wrong} wrong)"
            )
            yield problem_at(rule, what, "narrow it, or use status review")


LINTS = (
    Lint("no-author", Level.ERROR, "Somebody answers for a rule and says what it rests on.", no_author),
    Lint("short-description", Level.WARNING, "Reviewers and customers read it in the notice.", short_description),
    Lint("wrong-folder", Level.WARNING, "Folders are the catalogue; people look for a rule by its id.", wrong_folder),
    Lint("idle-rule", Level.WARNING, "A rule that cannot act costs time on every file.", idle_rule),
    Lint("unsure-suspension", Level.ERROR, "Machines stop harm only where they are sure of it.", unsure_suspension),
    Lint("unmeasured-auto", Level.WARNING, "A machine acts only on a precision that was measured.", unmeasured_auto),
    Lint("twin-rules", Level.WARNING, "Two rules that say the same are counted twice and mended once.", twin_rules),
    Lint(
        "scorer-ceiling",
        Level.ERROR,
        "Nobody can read a statistical score as a reason.",
        scorer_without_limit,
    ),
)
