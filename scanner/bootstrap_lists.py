"""URL lists as the settings want them: the operator's files, and what was condemned here already."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from scanner.detection.listed import RULE, ListedLinks
from scanner.domain.cases import CaseState
from scanner.domain.cdn.places import CDN
from scanner.domain.cdn.urlset import UrlSet
from scanner.domain.rules import Rulebook
from scanner.errors import SettingsError
from scanner.ports import Casebook, Rules
from scanner.ports_knowing import KnowingDetector
from scanner.wire.cdn_config import CdnSettings

FRESH_SECONDS = 300.0
MOST_CONDEMNED = 20_000
CONDEMNED = "condemned here"


@dataclass(slots=True)
class RulesWithLists:
    """The rulebook with the rule of the lists in it."""

    inner: Rules
    _made: tuple[str, Rulebook] | None = None

    def current(self) -> Rulebook:
        """The rulebook in force; its digest is the same: the rule comes with the software."""
        book = self.inner.current()
        if self._made is None or self._made[0] != book.digest:
            self._made = (book.digest, replace(book, rules={**book.rules, RULE.id: RULE}))
        return self._made[1]

    @property
    def trouble(self) -> str:
        """What is wrong with a newer rulebook, if anything."""
        return self.inner.trouble


def rules_with_lists(found: CdnSettings, rules: Rules) -> Rules:
    """The rulebook, with the rule of the lists where there is a list."""
    return RulesWithLists(rules) if found.url_lists else rules


def detector_with_lists(found: CdnSettings, detector: KnowingDetector, casebook: Casebook) -> KnowingDetector:
    """The detector, looking for listed URLs where there is a list."""
    if not found.url_lists:
        return detector
    texts = {name: _text(name) for name in found.url_lists}
    listed = UrlSet.of((line, name) for name, text in texts.items() for line in text.splitlines())
    digest = hashlib.sha256("\x1f".join(f"{name}\x1f{text}" for name, text in texts.items()).encode()).hexdigest()
    return ListedLinks(detector, _with_condemned(listed, casebook), digest)


def condemned(casebook: Casebook) -> UrlSet:
    """The URLs of cases that people decided to be violations."""
    states = (CaseState.DECIDED_VIOLATING, CaseState.CLOSED)
    cases = casebook.cases([str(state) for state in states], MOST_CONDEMNED, "0")
    bad = [case for case in cases if case.decision is not None and case.decision.outcome == "violating"]
    return UrlSet.of((case.subject.key.partition("#as=")[0], CONDEMNED) for case in bad if _is_url(case.subject.bucket))


def _is_url(place: str) -> bool:
    return place.startswith(CDN)


def _with_condemned(listed: UrlSet, casebook: Casebook) -> Callable[[], UrlSet]:
    kept: list[tuple[float, UrlSet]] = []

    def both() -> UrlSet:
        now = time.monotonic()
        if not kept or now - kept[0][0] > FRESH_SECONDS:
            kept[:] = [(now, listed.plus(condemned(casebook)))]
        return kept[0][1]

    return both


def _text(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"cannot be read: {error}", where=f"url_lists {name}", mend="correct the path") from error
