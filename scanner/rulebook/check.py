"""The gate: a rules folder is loaded, put on the bench, and looked at by every lint."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scanner.domain.rules import Rulebook
from scanner.rulebook import lint_contract, lint_cost, lint_samples, lint_yara
from scanner.rulebook.cost import Costs
from scanner.rulebook.lint import run_lints
from scanner.rulebook.load import inspect_rulebook
from scanner.rulebook.overlay import PREFIX
from scanner.rulebook.problems import Problem, errors_of
from scanner.rulebook.sources import read_sources
from scanner.rulebook.usage import usage_problems
from scanner.rulebook.workbench import Eyes, open_workbench

QUICK = lint_contract.LINTS + lint_samples.LINTS + lint_yara.LINTS
LINTS = QUICK + lint_cost.LINTS


@dataclass(frozen=True, slots=True)
class Report:
    """What the gate found. `book` is None where the folder does not even load; `texts` are for showing places."""

    book: Rulebook | None
    problems: tuple[Problem, ...]
    texts: Mapping[str, str]
    samples: int = 0
    costs: Costs | None = None

    @property
    def errors(self) -> tuple[Problem, ...]:
        """What refuses the folder."""
        return errors_of(self.problems)


def check_rules(
    path: Path,
    eyes_of: Callable[[Rulebook], Eyes],
    overlay: Path | None = None,
    *,
    quick: bool = False,
) -> Report:
    """Load and lint a folder. `quick` leaves out what is measured (cost and bait)."""
    folders = [read_sources(path), *([read_sources(overlay, PREFIX)] if overlay else [])]
    texts = {name: text for sources in folders for name, text in sources.texts.items()}
    book, refused = inspect_rulebook(path, overlay)
    problems = (*refused, *(problem for folder in (path, overlay) if folder for problem in usage_problems(folder)))
    if book is None:
        return Report(None, problems, texts)
    bench, wrong = open_workbench(book, folders, eyes_of(book))
    found = run_lints(bench, QUICK if quick else LINTS)
    return Report(book, (*problems, *wrong, *found), texts, len(bench.samples), None if quick else bench.costs)
