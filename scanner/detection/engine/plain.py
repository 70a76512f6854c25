"""The plain path: every rule asked of every view by yara-python. It is the oracle of the fast path."""

from collections.abc import Iterable, Mapping, Sequence

import yara

from scanner.detection.engine.hits import RuleHit, Scanned, StringHit
from scanner.domain.rules import RuleFile
from scanner.errors import RuleError

MATCH_BYTES = 64  # bytes of a match that YARA copies; a finding shows no more
KEPT_STRINGS = 16  # places shown of one rule in one view

yara.set_config(max_match_data=MATCH_BYTES)


def compile_files(files: Iterable[RuleFile]) -> yara.Rules:
    """All files in their namespaces, without includes or external variables; RuleError names the file."""
    sources = {file.namespace: file.text for file in files}
    try:
        return yara.compile(sources=sources, includes=False)
    except yara.Error as error:
        raise RuleError(str(error), where=_culprit(files), mend="run `aup rules check`") from error


def matched(rules: yara.Rules, data: bytes, seconds: int) -> Sequence[yara.Match]:
    """What matches; TimeoutError when YARA itself noticed that the time is over."""
    try:
        found: Sequence[yara.Match] = rules.match(data=data, fast=True, timeout=max(1, seconds))
    except yara.TimeoutError as error:
        raise TimeoutError(str(error)) from error
    return found


def hit_of(match: yara.Match, rule: str, most: int) -> RuleHit:
    """The match as a value: the first places of each string, the earliest first."""
    places = [
        StringHit(string.identifier, place.offset, place.matched_length, place.matched_data)
        for string in match.strings
        for place in string.instances[:most]
    ]
    places.sort(key=lambda hit: (hit.offset, hit.name))
    return RuleHit(rule, tuple(places[:KEPT_STRINGS]))


class PlainEngine:
    """All rules in one compiled set; lanes are looked at afterwards."""

    def __init__(self, files: Sequence[RuleFile], lanes: Mapping[str, str], most: int, seconds: int) -> None:
        self._rules = compile_files(files) if files else None
        self._names = {(file.namespace, name): rule for file in files for name, rule in file.names.items()}
        self._lanes, self._most, self._seconds = lanes, most, seconds

    def scan(self, data: bytes, lanes: frozenset[str]) -> Scanned:
        """The rules whose lane is `any` or one of `lanes`, by id."""
        if self._rules is None:
            return Scanned()
        try:
            found = matched(self._rules, data, self._seconds)
        except TimeoutError:
            return Scanned(unfinished=tuple(sorted(set(self._names.values()))))
        hits = []
        for match in found:
            rule = self._names.get((match.namespace, match.rule))
            if rule is not None and (self._lanes.get(rule, "any") == "any" or self._lanes[rule] in lanes):
                hits.append(hit_of(match, rule, self._most))
        return Scanned(tuple(sorted(hits, key=lambda hit: hit.rule)))


def _culprit(files: Iterable[RuleFile]) -> str:
    for file in files:
        try:
            yara.compile(source=file.text, includes=False)
        except yara.Error:
            return file.path
    return "yara"
