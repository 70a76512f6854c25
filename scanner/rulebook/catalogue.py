"""docs/rules.md: every rule with its grades, made from the rules themselves."""

from collections.abc import Iterator

from scanner.domain.rules import Rule, Rulebook

HEAD = """\
# Rules

Made by `scripts/rules_doc.py` from `rules/`; a test keeps it fresh.
How to write a rule: [writing-rules.md](writing-rules.md).

A hit leads to no more than the lowest of: the rule's ceiling, its clause's, and what its status allows
(`nursery` is counted, `shadow` recorded, `review` may open a case, `auto` may act while its measured precision holds).
"""


def catalogue(book: Rulebook) -> str:
    """The whole page."""
    return "\n".join([HEAD, *_summary(book), *_clauses(book)]) + "\n"


def _summary(book: Rulebook) -> Iterator[str]:
    yield f"{len(book.rules)} rules under {len({rule.clause for rule in book.rules.values()})} clauses.\n"
    yield "| clause | subject | machine may | rules |"
    yield "|---|---|---|--:|"
    for number, clause in book.agreement.clauses.items():
        count = sum(rule.clause == number for rule in book.rules.values())
        ceiling = min(clause.ceiling, book.policy.of(number).ceiling).name.lower()
        shown = f"[{number}](#{anchor(number)})" if count else number
        yield f"| {shown} | {_cell(clause.en)} | {ceiling} | {count or 'an operator’s own'} |"


def _clauses(book: Rulebook) -> Iterator[str]:
    for number, clause in book.agreement.clauses.items():
        rules = sorted((rule for rule in book.rules.values() if rule.clause == number), key=lambda rule: rule.id)
        if not rules:
            continue
        yield f"\n## {number}\n\n> {clause.zh}\n"
        yield "| rule | engine | severity | confidence | ceiling | status | lane | what it sees | file |"
        yield "|---|---|---|---|---|---|---|---|---|"
        yield from (_row(rule) for rule in rules)


def anchor(number: str) -> str:
    """The heading's anchor, as GitHub makes it."""
    return number.replace(".", "")


def _row(rule: Rule) -> str:
    grades = (rule.severity.name, rule.confidence.name, rule.ceiling.name)
    cells = (
        f"`{rule.id}`",
        rule.kind,
        *(grade.lower() for grade in grades),
        rule.status,
        rule.lane,
        _cell(rule.description),
        f"[{rule.file}](../rules/{rule.file})",
    )
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")
