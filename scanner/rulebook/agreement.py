"""rules/agreement.yaml: the clauses, their text, and how far a machine may go under each."""

from collections.abc import Mapping
from dataclasses import dataclass

from scanner.domain.clauses import Agreement, Ceiling, Clause
from scanner.rulebook.fields import Fields, word, words_of
from scanner.rulebook.problems import Problem
from scanner.rulebook.yamlfile import YamlFile

NAME = "agreement.yaml"


@dataclass(frozen=True, slots=True)
class Clauses:
    """The agreement with the lower ceilings that some categories of rules have inside a clause."""

    agreement: Agreement
    categories: Mapping[tuple[str, str], Ceiling]

    def ceiling(self, clause: str, category: str) -> Ceiling:
        """The most that a rule of this category may do under the clause."""
        whole = self.agreement.clause(clause).ceiling
        return min(whole, self.categories.get((clause, category), whole))


def read_agreement(file: YamlFile) -> tuple[Clauses, list[Problem]]:
    """The clauses, and what is wrong with the file."""
    problems = list(file.problems)
    top = Fields(file, (), "", problems)
    title = top.text("title") if not problems else ""
    rows = top.mapping.get("clauses")
    clauses: dict[str, Clause] = {}
    categories: dict[tuple[str, str], Ceiling] = {}
    if not isinstance(rows, list) or not rows:
        problems.append(file.problem(("clauses",), "clauses", "there is no list of clauses", "restore the file"))
        rows = []
    for index in range(len(rows)):
        _clause(Fields(file, ("clauses", index), f"clauses[{index}]", problems), clauses, categories)
    top.rest("schema", "title", "clauses")
    return Clauses(Agreement(title, clauses), categories), problems


def _clause(row: Fields, clauses: dict[str, Clause], categories: dict[tuple[str, str], Ceiling]) -> None:
    number = row.text("number")
    if number in clauses:
        row.refuse("number", f"clause {number} stands twice", "remove one of the two")
    clauses[number] = Clause(number, row.text("zh"), row.text("en"), row.member("ceiling", Ceiling))
    lower = row.mapping.get("categories", {})
    for name, value in lower.items() if isinstance(lower, Mapping) else ():
        ceiling = word(Ceiling, value)
        if ceiling is None:
            row.refuse("categories", f"{name}: {value!r} is no ceiling", f"use one of: {words_of(Ceiling)}")
        else:
            categories[number, str(name)] = ceiling
    row.rest("categories")
