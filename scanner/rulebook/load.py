"""From a rules folder to a Rulebook: everything that is wrong is found in one go, and nothing is dropped in silence."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scanner.domain.rules import Rule, Rulebook, RuleFile, RuleKind, digest_of
from scanner.rulebook import agreement, policyfile
from scanner.rulebook.agreement import Clauses
from scanner.rulebook.packfile import read_pack_file
from scanner.rulebook.problems import Place, Problem, RulebookError, errors_of, problem
from scanner.rulebook.yamlfile import MAX_BYTES, read_yaml
from scanner.rulebook.yarafile import ReadFile, read_yara_file

Read = Callable[[str, str, Clauses], ReadFile]


@dataclass(frozen=True, slots=True)
class Sources:
    """The texts of a rules folder by path relative to it, and what could not be read."""

    root: Path
    texts: Mapping[str, str]
    problems: tuple[Problem, ...]

    def under(self, folder: str, *suffixes: str) -> list[str]:
        """The paths in that folder with one of the suffixes, in order."""
        return sorted(path for path in self.texts if path.startswith(folder + "/") and path.endswith(suffixes))


def load_rulebook(path: Path, overlay: Path | None = None) -> Rulebook:
    """The rulebook of a folder, with the operator's overlay; RulebookError (a RuleError) with every problem."""
    book, problems = inspect_rulebook(path, overlay)
    if book is None:
        raise RulebookError(errors_of(problems))
    return book


def inspect_rulebook(path: Path, overlay: Path | None = None) -> tuple[Rulebook | None, tuple[Problem, ...]]:
    """The rulebook, or None where anything refuses it, and all problems in the order of files and lines."""
    sources = read_sources(path)
    problems = list(sources.problems)
    clauses, wrong = agreement.read_agreement(read_yaml(agreement.NAME, _text(sources, agreement.NAME, problems)))
    problems.extend(wrong)
    policy, wrong = policyfile.read_policy(
        read_yaml(policyfile.NAME, _text(sources, policyfile.NAME, problems)), clauses.agreement
    )
    problems.extend(wrong)
    yara_files = _read(sources, sources.under("yara", ".yar", ".yara"), read_yara_file, clauses)
    keyword_files = _read(sources, sources.under("keywords", ".yaml"), _packs(RuleKind.KEYWORDS), clauses)
    scorer_files = _read(sources, sources.under("scorers", ".yaml"), _packs(RuleKind.SCORER), clauses)
    everything = (*yara_files, *keyword_files, *scorer_files)
    problems.extend(found for file in everything for found in file.problems)
    rules, wrong = _united(everything)
    problems.extend(wrong)
    ordered = tuple(sorted(problems, key=lambda each: (each.file, each.line, each.column, each.message)))
    if errors_of(ordered):
        return None, ordered
    book = Rulebook(
        agreement=clauses.agreement,
        policy=policy,
        rules=rules,
        yara=_files(yara_files),
        keywords=_files(keyword_files),
        scorers=_files(scorer_files),
        digest=digest_of((name, text.encode()) for name, text in sources.texts.items() if _judges(name)),
    )
    return book, ordered


def read_sources(root: Path) -> Sources:
    """Every YAML, YARA and weights file below the folder as text; links out of the folder are refused."""
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    if not root.is_dir():
        return Sources(root, {}, (problem(str(root), Place(), "", "there is no such folder", "correct the path"),))
    for file in sorted(root.rglob("*")):
        name = file.relative_to(root).as_posix()
        if not file.is_file() or file.suffix not in (".yaml", ".yar", ".yara", ".json"):
            continue
        try:
            texts[name] = _bounded(file, root)
        except (OSError, ValueError) as error:
            problems.append(problem(name, Place(), "", f"cannot be read: {error}", "store it as UTF-8 text here"))
    return Sources(root, texts, tuple(problems))


def _bounded(file: Path, root: Path) -> str:
    if not file.resolve().is_relative_to(root.resolve()):
        raise ValueError("it is a link out of the rules folder")
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"it is over {MAX_BYTES} bytes")
    return file.read_text(encoding="utf-8")


def _judges(name: str) -> bool:
    """Samples prove rules, they judge nothing: changing one must not make every verdict stale."""
    return not name.startswith("samples/")


def _text(sources: Sources, name: str, problems: list[Problem]) -> str:
    if name not in sources.texts:
        problems.append(problem(name, Place(), "", "there is no such file", "restore it in the rules folder"))
    return sources.texts.get(name, "{}")


def _read(sources: Sources, paths: Iterable[str], read: Read, clauses: Clauses) -> tuple[ReadFile, ...]:
    return tuple(read(path, sources.texts[path], clauses) for path in paths)


def _packs(kind: RuleKind) -> Read:
    return lambda path, text, clauses: read_pack_file(path, text, kind, clauses)


def _files(read: Iterable[ReadFile]) -> tuple[RuleFile, ...]:
    return tuple(each.file for each in read)


def _united(files: Iterable[ReadFile]) -> tuple[dict[str, Rule], list[Problem]]:
    rules: dict[str, Rule] = {}
    problems: list[Problem] = []
    for rule in (rule for file in files for rule in file.rules):
        first = rules.setdefault(rule.id, rule)
        if first is not rule:
            what = f"the id stands already at {first.file}:{first.line}"
            problems.append(problem(rule.file, Place(rule.line, 1), rule.id, what, "give one of them another id"))
    return rules, problems
