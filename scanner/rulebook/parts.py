"""What one rules folder (shipped, or the operator's) gives to the rulebook."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import yaml

from scanner.domain.rules import Rule, RuleFile, RuleKind
from scanner.rulebook.agreement import Clauses
from scanner.rulebook.foreign import read_foreign
from scanner.rulebook.hashfile import HashList, read_hash_list
from scanner.rulebook.packfile import read_pack_file
from scanner.rulebook.problems import Problem
from scanner.rulebook.sources import Sources
from scanner.rulebook.yarafile import ReadFile, read_yara_file

Read = Callable[[str, str, Clauses], ReadFile]


@dataclass(frozen=True, slots=True)
class Parts:
    """The files of one or more folders, by engine."""

    yara: tuple[ReadFile, ...] = ()
    keywords: tuple[ReadFile, ...] = ()
    scorers: tuple[ReadFile, ...] = ()
    hashes: tuple[HashList, ...] = ()
    others: tuple[Problem, ...] = ()

    @property
    def rules(self) -> list[Rule]:
        """Every rule, in the order of the files."""
        listed = [rule for file in (*self.yara, *self.keywords, *self.scorers) for rule in file.rules]
        return [*listed, *(each.rule for each in self.hashes if each.rule)]

    @property
    def problems(self) -> list[Problem]:
        """Everything that is wrong with the files."""
        files = (*self.yara, *self.keywords, *self.scorers)
        listed = [found for each in self.hashes for found in each.problems]
        return [*self.others, *(found for file in files for found in file.problems), *listed]

    def joined(self, other: "Parts") -> "Parts":
        """Both together."""
        return Parts(
            self.yara + other.yara,
            self.keywords + other.keywords,
            self.scorers + other.scorers,
            self.hashes + other.hashes,
            self.others + other.others,
        )


def read_parts(sources: Sources, clauses: Clauses) -> Parts:
    """Every rule file of the folder."""
    foreign, wrong = read_foreign(f"{sources.prefix}imported/", sources.texts, clauses)
    yara_files = _read(sources, "yara", (".yar", ".yara"), read_yara_file, clauses)
    return Parts(
        yara=(*yara_files, *foreign),
        keywords=_read(sources, "keywords", (".yaml",), _packs(RuleKind.KEYWORDS), clauses),
        scorers=_read(sources, "scorers", (".yaml",), _packs(RuleKind.SCORER), clauses),
        hashes=tuple(read_hash_list(path, sources.texts, clauses) for path in sources.under("hashes", ".yaml")),
        others=tuple(wrong),
    )


def yara_in_force(file: ReadFile, kept: frozenset[str]) -> RuleFile:
    """The file with only the kept rules reporting; the others stay as text, because rules may build on them."""
    names = {name: rule for name, rule in file.file.names.items() if rule in kept}
    return file.file if len(names) == len(file.file.names) else replace(file.file, names=names)


def pack_in_force(file: ReadFile, kept: frozenset[str]) -> RuleFile:
    """The pack without the rules that the operator switched off."""
    if all(rule.id in kept for rule in file.rules):
        return file.file
    pack = yaml.safe_load(file.file.text)
    pack["rules"] = [rule for rule in pack.get("rules", []) if rule["id"] in kept]
    return replace(file.file, text=yaml.safe_dump(pack, allow_unicode=True, sort_keys=False))


def _read(sources: Sources, folder: str, suffixes: Iterable[str], read: Read, clauses: Clauses) -> tuple[ReadFile, ...]:
    return tuple(read(path, sources.texts[path], clauses) for path in sources.under(folder, *suffixes))


def _packs(kind: RuleKind) -> Read:
    return lambda path, text, clauses: read_pack_file(path, text, kind, clauses)
