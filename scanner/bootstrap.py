"""The only place that knows which adapter serves which port."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from scanner.adapters.accounts_file import accounts_in
from scanner.adapters.cdn_contents import RoutedContents, UrlContents
from scanner.adapters.cdn_returned import SqlWatched
from scanner.adapters.celery_queue import (
    CHECKPOINT_TASK,
    ENFORCE_TASK,
    HOURLY_TASK,
    RESCAN_TASK,
    RIGHTS_TASK,
    SCAN_TASK,
    SWEEP_TASK,
    TEND_TASK,
    USAGE_TASK,
    CeleryDoorbell,
    celery_app,
)
from scanner.adapters.cron import CronTimes
from scanner.adapters.curl_contents import Credentials, CurlContents
from scanner.adapters.curl_pages import CurlPages
from scanner.adapters.database_clock import DatabaseClock
from scanner.adapters.embedded_redis import eviction_policy, start_redis
from scanner.adapters.pulse import ThreadPulse
from scanner.adapters.s3_contents import S3Contents, s3_client
from scanner.adapters.sql import Database
from scanner.adapters.sql_backlog import SqlBacklog
from scanner.adapters.sql_casebook import SqlCasebook, SqlOutbox, SqlRescans
from scanner.adapters.sql_enforcement import SqlEnforcement
from scanner.adapters.sql_known import SqlKnown
from scanner.adapters.sql_ledger import SqlLedger
from scanner.adapters.sql_register import SqlRegister
from scanner.adapters.sql_requests import SqlRequests
from scanner.adapters.sql_shards import SqlShards
from scanner.adapters.vault_chosen import ChosenVault
from scanner.bootstrap_adapters import Adapters
from scanner.bootstrap_detection import LiveDetector, aside
from scanner.bootstrap_enforcing import enforcing_of
from scanner.bootstrap_lists import detector_with_lists, rules_with_lists
from scanner.bootstrap_local import default_rules_dir, detector, detector_of, limits_of, load_rulebook
from scanner.bootstrap_store import enforcer_client, keys_of, surface_of, vault_of
from scanner.bootstrap_web import cdn_settings, fetcher_of, remembering
from scanner.detection.killable import KillableDetector
from scanner.detection.picture_sketch import Sketching
from scanner.domain.cdn.rooms import Rooms
from scanner.domain.clauses import Clause
from scanner.domain.rescans import Schedule, schedule_of
from scanner.ports import Casebook, Contents, Outbox, Register, Requests, Rescans, Rules
from scanner.ports_knowing import Pages
from scanner.rulebook.watch import LastGood
from scanner.services.casework import Casework
from scanner.services.checking import Checking
from scanner.services.custody import Custodian
from scanner.services.enforcing import Enforcing
from scanner.services.intake import Intake
from scanner.services.knowing import Knowing
from scanner.services.reconciling import Reconciling
from scanner.services.renewing import Renewing
from scanner.services.rescanning import Rescanning
from scanner.services.reviewing import Reviewing
from scanner.services.ruling import CaseDecisions, Ruling
from scanner.services.scanning import Scanning
from scanner.services.scheduling import Scheduling
from scanner.settings import Settings
from scanner.wire.seal import Keys

__all__ = [
    "CHECKPOINT_TASK",
    "ENFORCE_TASK",
    "HOURLY_TASK",
    "RESCAN_TASK",
    "RIGHTS_TASK",
    "SCAN_TASK",
    "SWEEP_TASK",
    "TEND_TASK",
    "USAGE_TASK",
    "House",
    "default_rules_dir",
    "detector",
    "eviction_policy",
    "limits_of",
    "load_rulebook",
    "open_house",
    "s3_client",
    "start_redis",
]


class SystemClock:
    """The machine's clock, UTC."""

    def now(self) -> datetime:
        """Now."""
        return datetime.now(UTC)


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
    scheduling: Scheduling
    reconciling: Reconciling
    custodian: Custodian
    checking: Checking
    keys: Keys
    vault: ChosenVault

    def clause(self, number: str) -> Clause | None:
        """The clause's text, or None for a case without one."""
        return self.rules.current().agreement.clauses.get(number)

    def close(self) -> None:
        """Give connections back."""
        self.database.close()


def contents_of(settings: Settings, client: Any) -> Contents:
    """The fast reader where an endpoint is named, else boto3's own way to AWS."""
    control = S3Contents(client)
    if not settings.s3_endpoint:
        return control
    return CurlContents(control, settings.s3_endpoint, settings.s3_region, credentials_of(client))


def pages_of(settings: Settings, client: Any) -> Pages:
    """Listings for rescans, likewise."""
    if not settings.s3_endpoint:
        return S3Contents(client)
    return CurlPages(settings.s3_endpoint, settings.s3_region, credentials_of(client))


def credentials_of(client: Any) -> Callable[[], Credentials]:
    """The client's credentials as they are at the time of asking."""

    def credentials() -> Credentials:
        found = client._request_signer._credentials  # boto3 has no public way to them; rotated ones come through here
        frozen = found.get_frozen_credentials() if found else None
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token or "") if frozen else Credentials()

    return credentials


def schedules_of(settings: Settings) -> tuple[Schedule, ...]:
    """The schedules of rescans; SettingsError where one is none."""
    schedules = tuple(schedule_of(text) for text in settings.rescan_schedules)
    for schedule in schedules:
        CronTimes().last(schedule.cron, SystemClock().now())
    return schedules


def celery(settings: Settings) -> Any:
    """The Celery app over the settings' broker."""
    return celery_app(broker_url(settings), settings.sweep_seconds, settings.usage_seconds)


def broker_url(settings: Settings) -> str:
    """The broker in force: the settings' own, or the embedded Redis that `aup serve` keeps in the state folder."""
    return settings.redis_url or f"redis+socket://{(settings.state / 'redis' / 'redis.sock').resolve()}"


def open_database(settings: Settings) -> Database:
    """The database, brought to the newest schema."""
    database = Database(settings.database)
    database.migrate()
    return database


def _adapters(settings: Settings) -> Adapters:
    database, client = open_database(settings), s3_client(settings)
    surface = surface_of(settings, enforcer_client(settings))
    casebook, objects = SqlCasebook(database), contents_of(settings, client)
    rules = rules_with_lists(cdn_settings(settings), Ruling(rules_of(settings), CaseDecisions(casebook)))
    return Adapters(
        database=database,
        requests=SqlRequests(database, timedelta(seconds=settings.ring_again_seconds)),
        register=SqlRegister(database),
        casebook=casebook,
        outbox=SqlOutbox(database),
        rescans=SqlRescans(database),
        rules=rules,
        doorbell=CeleryDoorbell(celery(settings)),
        objects=objects,
        contents=RoutedContents(objects, UrlContents(fetcher_of(settings))),
        pages=pages_of(settings, client),
        surface=surface,
        keys=keys_of(settings),
        vault=vault_of(settings, surface.shown, rules),
        clock=SystemClock() if database.is_sqlite else DatabaseClock(database),
    )


def open_house(settings: Settings, *, role: str) -> House:
    """Wire everything. `role` is console, worker or cli: it names the process, all have the same services."""
    settings.state.mkdir(parents=True, exist_ok=True)
    a = _adapters(settings)
    casework, intake, knowing = _casework(settings, a), _intake(settings, a), _knowing(settings, a)
    rescanning = _rescanning(settings, a, intake, knowing, casework)
    claim = timedelta(seconds=settings.claim_seconds)
    return House(
        settings=settings,
        database=a.database,
        requests=a.requests,
        register=a.register,
        casebook=a.casebook,
        outbox=a.outbox,
        rescans=a.rescans,
        rules=a.rules,
        intake=intake,
        scanning=_scanning(settings, a, intake, knowing, casework),
        enforcing=enforcing_of(settings, a, casework, limits_of(settings.limits).content_bytes),
        reviewing=Reviewing(a.casebook, a.outbox, a.register, a.doorbell, a.clock, claim, SqlEnforcement(a.database)),
        rescanning=rescanning,
        scheduling=Scheduling(rescanning, schedules_of(settings), CronTimes(), a.clock),
        reconciling=Reconciling(a.requests, a.outbox, a.doorbell, a.clock, settings.batch_size),
        custodian=Custodian(a.casebook, a.register, a.vault, a.clock, a.keys),
        checking=_checking(settings, a),
        keys=a.keys,
        vault=a.vault,
    )


def _casework(settings: Settings, a: Adapters) -> Casework:
    sketching = Sketching(limits_of(settings.limits), settings.cage).sketch
    return Casework(
        a.rules,
        a.casebook,
        a.vault,
        a.keys,
        a.clock,
        frozenset(settings.protected_accounts),
        settings.canary_bucket,
        sketching,
        SqlWatched(a.database),
        SqlEnforcement(a.database).course,
        a.outbox.actions_of,
    )


def _intake(settings: Settings, a: Adapters) -> Intake:
    room = SqlBacklog(a.database, settings.tenant_backlog).room
    place = Rooms.of(cdn_settings(settings).snapshots).place
    buckets, size = frozenset(settings.buckets), settings.batch_size
    owners = accounts_in(settings.accounts_file)
    return Intake(a.requests, a.doorbell, a.clock, buckets, owners, batch_size=size, room=room, place=place)


def _knowing(settings: Settings, a: Adapters) -> Knowing:
    live = LiveDetector(a.rules, lambda book: KillableDetector(detector_of(settings, book)))
    seeing = detector_with_lists(cdn_settings(settings), live, a.casebook)
    return Knowing(seeing, SqlKnown(a.database), a.rules, a.clock)


def _rescanning(settings: Settings, a: Adapters, intake: Intake, knowing: Knowing, casework: Casework) -> Rescanning:
    return Rescanning(
        a.rescans,
        SqlShards(a.database),
        a.requests,
        a.register,
        a.contents,
        a.pages,
        intake,
        knowing,
        casework,
        a.clock,
        settings.rescan_parts,
        Renewing(a.contents, knowing, a.clock),
    )


def _scanning(settings: Settings, a: Adapters, intake: Intake, knowing: Knowing, casework: Casework) -> Scanning:
    contents = remembering(settings, a.objects, a.database, knowing, a.clock)
    outside = (a.rules, a.register, casework, intake, a.doorbell, a.clock, ThreadPulse())
    size, lease = limits_of(settings.limits).content_bytes, timedelta(seconds=settings.lease_seconds)
    return Scanning(a.requests, contents, knowing, *outside, size, lease)


def _checking(settings: Settings, a: Adapters) -> Checking:
    ledger, alarm = SqlLedger(a.database), timedelta(seconds=settings.alarm_seconds)
    return Checking(a.register, a.casebook, a.outbox, a.vault, a.contents, ledger, a.clock, alarm)


def rules_of(settings: Settings) -> LastGood:
    """The rulebook in force, one a process: loaded before a fork, its pages are shared by all children."""
    folder = Path(settings.rules_dir) if settings.rules_dir else default_rules_dir()
    return _rules_in(folder, _overlay(settings), settings.cache)


def warm_up(settings: Settings) -> None:
    """Load the rules and compile them into the cache: once before a fork, not in every child at the same time.

    That is done in a process of its own, as checking and compiling leave some 70 MB behind.
    """
    aside(lambda: detector_of(settings, rules_of(settings).current()).close())
    rules_of(settings).current()


@cache
def _rules_in(folder: Path, overlay: Path | None, cache_dir: Path) -> LastGood:
    """Taken from the cache where they were accepted before: a check of all of them leaves 40 MB behind in a process."""
    return LastGood(folder, overlay, load=lambda path, own: load_rulebook(path, own, cache_dir))


def _overlay(settings: Settings) -> Path | None:
    return Path(settings.overlay_dir) if settings.overlay_dir else None
