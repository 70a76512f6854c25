"""What a scan without any server needs: the rulebook and a detector. No client of anything is imported here."""

import sysconfig
from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from scanner.detection.cage.cage import Cage
from scanner.detection.detector import Detector, build_detector
from scanner.domain.limits import Limits
from scanner.domain.rules import Rulebook
from scanner.errors import RuleError, SettingsError
from scanner.rulebook.load import load_rulebook as load_rules
from scanner.rulebook.usage import NAME
from scanner.settings import Settings
from scanner.wire.book_cache import BookCache


def default_rules_dir() -> Path:
    """The rules that came with this software: beside the checkout, or where the wheel put them."""
    beside = Path(__file__).resolve().parents[1] / "rules"
    installed = Path(sysconfig.get_path("data")) / "share" / "aup-scanner" / "rules"
    found = next((path for path in (beside, installed) if (path / "agreement.yaml").exists()), None)
    if found is None:
        raise RuleError("no rules folder found", where=f"{beside}, {installed}", mend="set rules_dir or pass --rules")
    return found


def load_rulebook(rules_dir: Path | None = None, overlay: Path | None = None, cache: Path | None = None) -> Rulebook:
    """The rulebook of a folder, with the operator's overlay; RuleError if anything in it is refused.

    `cache`: where a rulebook that was accepted before is kept; the same files are not checked again.
    """
    path = rules_dir or default_rules_dir()
    if cache is None:
        return load_rules(path, overlay)
    code = Path(__file__).parent
    return BookCache(cache, (code / "rulebook", code / "keywords", code / "text")).book(
        (path, overlay) if overlay else (path,), lambda: load_rules(path, overlay)
    )


def usage_folder(settings: Settings) -> Path:
    """Where usage.yaml lies: the operator's overlay if it has one, else the rules folder."""
    own = Path(settings.overlay_dir) if settings.overlay_dir else None
    if own is not None and (own / NAME).exists():
        return own
    return Path(settings.rules_dir) if settings.rules_dir else default_rules_dir()


def limits_of(overrides: Mapping[str, float]) -> Limits:
    """The limits with the settings' overrides; SettingsError names an unknown one."""
    known, values = {field.name: field.type for field in fields(Limits)}, dict[str, Any]()
    for key, value in overrides.items():
        if key not in known:
            raise SettingsError(f"unknown key limits.{key!r}", where="settings", mend=f"use one of {', '.join(known)}")
        values[key] = type(getattr(Limits(), key))(value)
    return replace(Limits(), **values)


def detector(book: Rulebook, limits: Limits | None = None, **options: Any) -> Detector:
    """A detector over a rulebook; without `limits` one for rule authors: scorers in the nursery read every content."""
    return build_detector(book, limits or Limits(nursery_sample=1), **options)


def detector_of(settings: Settings, book: Rulebook, *, prefilter: bool = True) -> Detector:
    """A detector as the settings want it."""
    return build_detector(
        book,
        limits_of(settings.limits),
        cage_mode=settings.cage,
        cache_dir=settings.cache,
        prefilter=settings.prefilter and prefilter,
        passwords=settings.content_passwords,
    )


def missing_walls(settings: Settings) -> tuple[str, ...]:
    """The walls of the parsers' cage that are not to be had here, all where it is off; SettingsError where it is strict
    and any is missing."""
    cage = Cage(limits_of(settings.limits), settings.cage)
    try:
        return cage.missing
    finally:
        cage.close()
