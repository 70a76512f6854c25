"""The only place that knows which adapter serves which port."""

import sysconfig
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from scanner.adapters.celery_queue import ENFORCE_TASK, SCAN_TASK, SWEEP_TASK, CeleryDoorbell, celery_app
from scanner.adapters.s3_contents import S3Contents, s3_client
from scanner.adapters.s3_surface import S3Surface
from scanner.adapters.sql import Database
from scanner.adapters.sql_casebook import SqlCasebook, SqlOutbox, SqlRescans
from scanner.adapters.sql_register import SqlRegister
from scanner.adapters.sql_requests import SqlRequests
from scanner.adapters.vault import DirectoryVault
from scanner.detection.detector import Detector as LocalDetector
from scanner.detection.detector import build_detector
from scanner.domain.clauses import Clause
from scanner.domain.content import Sample
from scanner.domain.limits import Limits
from scanner.domain.rules import Rulebook
from scanner.domain.verdicts import Detection
from scanner.errors import RuleError, SettingsError
from scanner.ports import Casebook, Outbox, Register, Requests, Rescans, Rules
from scanner.rulebook.load import load_rulebook as load_rules
from scanner.rulebook.watch import LastGood
from scanner.services.casework import Casework
from scanner.services.enforcing import Enforcing
from scanner.services.intake import Intake
from scanner.services.reconciling import Reconciling
from scanner.services.rescanning import Rescanning
from scanner.services.reviewing import Reviewing
from scanner.services.scanning import Scanning
from scanner.settings import Settings
from scanner.wire.seal import Keys, load_or_create_keys

__all__ = ["ENFORCE_TASK", "SCAN_TASK", "SWEEP_TASK", "House", "detector", "load_rulebook", "open_house"]


class SystemClock:
    """The machine's clock, UTC."""

    def now(self) -> datetime:
        """Now."""
        return datetime.now(UTC)


@dataclass(slots=True)
class LiveDetector:
    """Detection that follows the rulebook: a new digest builds a new engine, between two objects."""

    rules: Rules
    build: Callable[[Rulebook], LocalDetector]
    engine: LocalDetector | None = None
    digest: str = ""

    def detect(self, sample: Sample) -> Detection:
        """Detect under the rulebook in force."""
        book = self.rules.current()
        if self.engine is None or book.digest != self.digest:
            self.engine, self.digest = self.build(book), book.digest
        return self.engine.detect(sample)


@dataclass(frozen=True, slots=True)
class House:
    """All services over one set of adapters."""

    settings: Settings
    database: Database
    requests: Requests
    register: Register
    casebook: Casebook
    outbox: Outbox
    rescans: Rescans
    rules: Rules
    intake: Intake
    scanning: Scanning
    enforcing: Enforcing
    reviewing: Reviewing
    rescanning: Rescanning
    reconciling: Reconciling
    keys: Keys
    vault: DirectoryVault

    def clause(self, number: str) -> Clause | None:
        """The clause's text, or None for a case without one."""
        return self.rules.current().agreement.clauses.get(number)

    def close(self) -> None:
        """Give connections back."""
        self.database.close()


def default_rules_dir() -> Path:
    """The rules that came with this software: beside the checkout, or where the wheel put them."""
    beside = Path(__file__).resolve().parents[1] / "rules"
    installed = Path(sysconfig.get_path("data")) / "share" / "aup-scanner" / "rules"
    found = next((path for path in (beside, installed) if (path / "agreement.yaml").exists()), None)
    if found is None:
        raise RuleError("no rules folder found", where=f"{beside}, {installed}", mend="set rules_dir or pass --rules")
    return found


def load_rulebook(rules_dir: Path | None = None, overlay: Path | None = None) -> Rulebook:
    """The rulebook of a folder, with the operator's overlay; RuleError if anything in it is refused."""
    return load_rules(rules_dir or default_rules_dir(), overlay)


def limits_of(overrides: Mapping[str, float]) -> Limits:
    """The limits with the settings' overrides; SettingsError names an unknown one."""
    known, values = {field.name: field.type for field in fields(Limits)}, dict[str, Any]()
    for key, value in overrides.items():
        if key not in known:
            raise SettingsError(f"unknown key limits.{key!r}", where="settings", mend=f"use one of {', '.join(known)}")
        values[key] = type(getattr(Limits(), key))(value)
    return replace(Limits(), **values)


def detector(book: Rulebook, limits: Limits | None = None, **options: Any) -> LocalDetector:
    """A detector over a rulebook."""
    return build_detector(book, limits or Limits(), **options)


def detector_of(settings: Settings, book: Rulebook) -> LocalDetector:
    """A detector as the settings want it."""
    return build_detector(
        book,
        limits_of(settings.limits),
        cage_mode=settings.cage,
        cache_dir=settings.state / "cache",
        prefilter=settings.prefilter,
        passwords=settings.content_passwords,
    )


def celery(settings: Settings) -> Any:
    """The Celery app over the settings' broker."""
    return celery_app(broker_url(settings), settings.sweep_seconds)


def broker_url(settings: Settings) -> str:
    """The broker in force: the settings' own, or the embedded Redis that `aup serve` keeps in the state folder."""
    return settings.redis_url or f"redis+socket://{(settings.state / 'redis' / 'redis.sock').resolve()}"


def open_database(settings: Settings) -> Database:
    """The database, brought to the newest schema."""
    database = Database(settings.database)
    database.migrate()
    return database


def open_house(settings: Settings, *, role: str) -> House:
    """Wire everything. `role` is console, worker or cli: it names the process, all have the same services."""
    settings.state.mkdir(parents=True, exist_ok=True)
    database, clock = open_database(settings), SystemClock()
    rules = LastGood(Path(settings.rules_dir) if settings.rules_dir else default_rules_dir(), _overlay(settings))
    doorbell = CeleryDoorbell(celery(settings))
    requests, register, casebook = SqlRequests(database), SqlRegister(database), SqlCasebook(database)
    outbox, rescans, client = SqlOutbox(database), SqlRescans(database), s3_client(settings)
    contents, keys, vault = (
        S3Contents(client),
        load_or_create_keys(settings.state / "keys"),
        DirectoryVault(settings.vault),
    )
    limits, lease = limits_of(settings.limits), timedelta(seconds=settings.lease_seconds)
    protected = frozenset(settings.protected_accounts)
    casework = Casework(rules, casebook, vault, keys, clock, protected)
    intake = Intake(requests, doorbell, clock, frozenset(settings.buckets), batch_size=settings.batch_size)
    surface = S3Surface(client, settings.public_base_url or settings.s3_endpoint)
    live = LiveDetector(rules, lambda book: detector_of(settings, book))
    size, hold = limits.content_bytes, timedelta(seconds=settings.claim_seconds)
    return House(
        settings,
        database,
        requests,
        register,
        casebook,
        outbox,
        rescans,
        rules,
        intake,
        Scanning(requests, contents, live, rules, register, casework, intake, doorbell, clock, size, lease),
        Enforcing(outbox, register, casebook, surface, vault, contents, casework, rules, clock, size, lease),
        Reviewing(casebook, outbox, register, doorbell, clock, hold),
        Rescanning(rescans, requests, register, contents, intake, rules, clock),
        Reconciling(requests, outbox, doorbell, clock, settings.batch_size),
        keys,
        vault,
    )


def _overlay(settings: Settings) -> Path | None:
    return Path(settings.overlay_dir) if settings.overlay_dir else None
