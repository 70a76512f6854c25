"""A rulebook of some of the rules only, for running those that changed."""

from collections.abc import Container
from dataclasses import replace

import yaml

from scanner.domain.known import is_entangled
from scanner.domain.rules import Rulebook, RuleFile, RuleKind
from scanner.rulebook.yaratext import read_yara


def narrowed(book: Rulebook, wanted: Container[str]) -> Rulebook:
    """The rulebook with only the wanted rules; what they build on stays as text. Same agreement, policy and digest."""
    cards = {rule.file for rule in book.rules.values() if rule.kind is RuleKind.SCORER and rule.id in wanted}
    return replace(
        book,
        rules={name: rule for name, rule in book.rules.items() if name in wanted},
        yara=tuple(kept for file in book.yara if (kept := _yara(file, wanted))),
        keywords=tuple(kept for file in book.keywords if (kept := _pack(file, wanted))),
        scorers=tuple(file for file in book.scorers if file.path in cards),
        hashes=tuple(entry for entry in book.hashes if entry.rule in wanted),
    )


def _yara(file: RuleFile, wanted: Container[str]) -> RuleFile | None:
    """The file with the wanted rules and those they name; whole where that may not be all they hang on."""
    names = {name: rule for name, rule in file.names.items() if rule in wanted}
    if not names:
        return None
    source = read_yara(file.text)
    if is_entangled(file.text) or not names.keys() <= source.by_name.keys():
        return replace(file, names=names)
    needed, owed = set[str](), list(names)
    while owed:
        name = owed.pop()
        if name not in needed:
            needed.add(name)
            owed.extend(word for word in source.by_name[name].words if word in source.by_name)
    imports = [f'import "{name}"' for name, _ in source.imports]
    text = "\n".join([*imports, *(each.text_of(file.text) for each in source.rules if each.name in needed)])
    return replace(file, names=names, text=text)


def _pack(file: RuleFile, wanted: Container[str]) -> RuleFile | None:
    """The pack with its wanted rules and everything that they share."""
    pack = yaml.safe_load(file.text)
    kept = [rule for rule in pack.get("rules", []) if rule["id"] in wanted]
    if not kept:
        return None
    text = yaml.safe_dump({**pack, "rules": kept}, allow_unicode=True, sort_keys=False)
    return replace(file, text=text)
