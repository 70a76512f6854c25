"""Settings: read once at an edge from a mapping, checked whole, then passed down as a value."""

import json
import math
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from scanner.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything an operator may set. Each field is `key` in `aup.toml` and `AUP_KEY` in the environment.

    Sizes are bytes, times seconds. Empty URLs mean the embedded default under `state_dir`.
    """

    state_dir: str = ".state"  # SQLite, vault, keys, caches and the embedded Redis live here
    database_url: str = ""  # SQLAlchemy URL; empty: SQLite in state_dir
    redis_url: str = ""  # Celery broker; empty: an embedded Redis on a socket in state_dir
    rules_dir: str = ""  # empty: the rules that came with this software
    cache_dir: str = ""  # compiled rules; empty: aup-scanner in the user's cache folder
    overlay_dir: str = ""  # the operator's own rules and re-grading
    s3_endpoint: str = ""  # S3-compatible endpoint; empty: the AWS default
    s3_region: str = "us-east-1"  # signed into requests
    s3_access_key: str = ""  # empty: the ambient credentials
    s3_secret_key: str = ""  # never logged
    enforcer_access_key: str = ""  # the enforcer's own login; empty: the scanner's
    enforcer_secret_key: str = ""  # never logged
    vault_access_key: str = ""  # the vault's own login; empty: the enforcer's
    vault_secret_key: str = ""  # never logged
    public_base_url: str = ""  # where the world reads objects; empty: the endpoint in path style
    buckets: tuple[str, ...] = ()  # buckets whose events are accepted; empty: all
    accounts_file: str = ""  # CSV name,account: whose each bucket is; one that is not there is an account of its own
    protected_accounts: tuple[str, ...] = ()  # always go to a person
    hook_secret: str = ""  # HMAC-SHA256 key of /hooks/s3; empty: the hook refuses everything
    hook_max_bytes: int = 8 * 1024 * 1024  # a larger delivery is refused with 413
    hook_max_records: int = 5_000  # likewise
    api_token: str = ""  # bearer token of the JSON API; empty: the API refuses everything
    console_host: str = "127.0.0.1"  # where the console listens
    console_port: int = 8731  # likewise
    console_url: str = ""  # how browsers reach the console; https here marks its cookies Secure; empty: as asked
    session_idle_seconds: float = 1_800.0  # a session that is not used ends
    session_seconds: float = 43_200.0  # and no session lasts longer
    api_rate: int = 600  # calls a minute of one caller and process; more are answered 429
    oidc_issuer: str = ""  # OpenID provider; empty: sign-in by local account only
    oidc_client_id: str = ""  # ours at the provider
    oidc_client_secret: str = ""  # likewise; never logged
    reporter_org: str = ""  # who reports, in XARF reports that we send
    reporter_contact: str = ""  # its e-mail address
    reporter_domain: str = ""  # its domain
    metrics_token: str = ""  # bearer token of /metrics; empty: it answers on loopback only
    vault_dir: str = ""  # empty: vault/ in state_dir
    vault_bucket: str = ""  # evidence under Object Lock COMPLIANCE in this bucket instead of vault_dir
    kms_key_id: str = ""  # a KMS key that wraps the case keys of evidence; empty: vault.key in the state folder
    kms_endpoint: str = ""  # empty: AWS KMS of s3_region
    anchor_dir: str = ""  # a second place for signed checkpoints of the audit log, best on another machine
    tsa_url: str = ""  # RFC 3161 timestamping authority that stamps checkpoints; empty: none
    tsa_roots: tuple[str, ...] = ()  # PEM files of its root certificates: answers are checked before they are kept
    cdn_urls: tuple[str, ...] = ()  # further addresses objects are served from; {bucket} stands for the bucket
    control_plane_url: str = ""  # signed webhook for measures on hosts, rooms, accounts and CDN addresses
    control_plane_secret: str = ""  # HMAC-SHA256 key that signs what is sent to it
    notice_url: str = ""  # signed webhook that takes statements of reasons
    notice_secret: str = ""  # HMAC-SHA256 key that signs what is sent to it
    notice_smtp: str = ""  # host:port of a mail relay, for accounts whose address is known
    notice_from: str = ""  # sender of those mails
    appeal_url: str = ""  # where owners appeal; {id} stands for the notice's id
    territory: tuple[str, ...] = ("CN",)  # where a restriction holds
    restriction_days: float = 90.0  # a restriction ends by itself unless a person renews it
    verify_seconds: float = 3_600.0  # how often a suspended object is looked at again from outside
    breaker_accounts: int = 20  # a rule that hits more customers within an hour goes to a person
    breaker_share: float = 0.2  # as does a bucket of which more than this share would be suspended
    deletions_per_hour: int = 60  # deletions that begin within an hour; what is above that is put off, none is lost
    deletions_per_hour_account: int = 20  # likewise, of one account's objects
    rollouts: Mapping[str, float] = field(default_factory=dict)  # by rule id or *: share of subjects it may act on yet
    batch_size: int = 200  # request ids in one Celery message
    lease_seconds: float = 120.0  # how long a worker holds requests before others may take them
    rescan_schedules: tuple[str, ...] = ()  # "MINUTE HOUR DAY MONTH WEEKDAY BUCKET[/PREFIX] [OBJECTS-A-SECOND]", UTC
    rescan_parts: int = 4  # stretches of a bucket's keys that are listed side by side
    known_contents: int = 1_000_000  # detections kept so that the same bytes are not scanned again
    claim_seconds: float = 900.0  # how long a reviewer holds a case
    undo_seconds: float = 120.0  # how long a decision can be taken back by whoever made it
    second_review_share: float = 0.05  # share of the decisions that a second person looks at without seeing them
    preview_port: int = 8732  # where previews of evidence are served: an origin of their own, without cookies
    preview_url: str = ""  # that origin for browsers; empty: http on console_host (0.0.0.0: as asked) and preview_port
    sweep_seconds: float = 10.0  # how often what is owed is looked for
    usage_seconds: float = 60.0  # how often resource use is weighed
    ring_again_seconds: float = 30.0  # a request that nobody took by then is rung for again by the sweep
    sqs_queues: tuple[str, ...] = ()  # URLs of SQS queues that tell of uploads (direct, through SNS, EventBridge)
    sqs_endpoint: str = ""  # of SQS, where it is not AWS
    redis_events_url: str = ""  # the Redis that MinIO tells of uploads
    redis_events_key: str = ""  # its list there (MinIO's format `access`)
    tenant_backlog: int = 10_000  # open uploads of one account; what comes above goes to the bulk lane, none is lost
    gate_writers: tuple[str, ...] = ()  # ARNs of our own logins; none: the serving gate's tag can be forged by tenants
    alarm_url: str = ""  # signed webhook that is told when scanning stopped, and when it goes on
    alarm_secret: str = ""  # HMAC-SHA256 key that signs what is sent to it
    alarm_seconds: float = 900.0  # scanning counts as stopped when an upload waits longer
    canary_bucket: str = ""  # a bucket of our own: a canary goes the whole way from there; empty: none
    canary_seconds: float = 60.0  # how often
    log_format: str = "text"  # text | json: one JSON object a line, without content
    otel_endpoint: str = ""  # OTLP/HTTP address that takes traces; empty: none are made (extra `otel`)
    request_days: float = 35.0  # how long requests that are done are kept
    verdict_months: int = 24  # older verdicts are renewed by a scan, then dropped
    cage: str = "auto"  # auto | strict | off: the parsers' sandbox
    cdn_file: str = ""  # domains, edges and providers of the CDN (docs/cdn.md); empty: cdn.toml in state_dir if there
    room_seconds: float = 86_400.0  # for how long nobody may push to a live room that was cut
    fetch_allow: tuple[str, ...] = ()  # internal addresses that fetching may reach: 10.1.0.0/16 or 127.0.0.1#8080
    fetch_proxy: str = ""  # egress proxy of fetching; it is told the checked address
    fetch_rate: float = 20.0  # requests a second to one host
    fetch_seconds: float = 60.0  # for one URL, its redirects included
    prefilter: bool = True  # ask YARA only the rules that a literal pass leaves; same verdicts
    limits: Mapping[str, float] = field(default_factory=dict)  # overrides of scanner.domain.limits.Limits
    content_passwords: tuple[str, ...] = ()  # tried on encrypted archives

    @staticmethod
    def from_mapping(mapping: Mapping[str, object], *, where: str = "settings") -> "Settings":
        """Settings from plain keys and values; SettingsError names the file, the key, the value and the mend."""
        known = {entry.name for entry in fields(Settings)}
        default, values = Settings(), dict[str, Any]()
        for key, value in mapping.items():
            if key not in known:
                near = ", ".join(sorted(known))
                raise SettingsError(f"unknown key {key!r}", where=where, mend=f"use one of: {near}")
            values[key] = _fit(where, key, value, getattr(default, key))
        settings = replace(default, **values)
        _check(settings, where)
        return settings

    @property
    def state(self) -> Path:
        """The state folder."""
        return Path(self.state_dir)

    @property
    def vault(self) -> Path:
        """The evidence vault's folder."""
        return Path(self.vault_dir) if self.vault_dir else self.state / "vault"

    @property
    def cache(self) -> Path:
        """Where compiled rules are kept."""
        return Path(self.cache_dir) if self.cache_dir else Path.home() / ".cache" / "aup-scanner"

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.state / 'aup.sqlite3'}"


def read_settings(environ: Mapping[str, str], file: Path | None = None) -> Settings:
    """Settings from a TOML file (`AUP_SETTINGS` or `aup.toml`) with `AUP_*` variables on top."""
    path = file or (Path(environ["AUP_SETTINGS"]) if environ.get("AUP_SETTINGS") else Path("aup.toml"))
    mapping: dict[str, object] = {}
    if path.exists():
        try:
            mapping.update(tomllib.loads(path.read_text(encoding="utf-8")))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"is not TOML: {error}", where=str(path), mend="correct the line it names") from error
        except OSError as error:
            raise SettingsError(f"cannot be read: {error.strerror}", where=str(path), mend="name a file") from error
        Settings.from_mapping(mapping, where=str(path))
    elif file or environ.get("AUP_SETTINGS"):
        raise SettingsError("there is no such file", where=str(path), mend="correct the path")
    mapping.update(_from_environment(environ))
    return Settings.from_mapping(mapping, where=f"{path} and AUP_* variables")


NOT_SETTINGS = frozenset({"AUP_SETTINGS", "AUP_CORPUS", "AUP_FOREIGN_RULES", "AUP_SHARED"})


def _from_environment(environ: Mapping[str, str]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name, value in environ.items():
        if not name.startswith("AUP_") or name in NOT_SETTINGS:
            continue
        found[name[4:].lower()] = value
    return found


def _fit(where: str, key: str, value: object, default: object) -> object:
    """The value in the default's type; strings from the environment are converted."""
    wrong = SettingsError(
        f"{key} = {value!r} is not a {type(default).__name__}", where=where, mend=f"for example {key} = {default!r}"
    )
    if isinstance(default, bool):
        return _truth(value, wrong)
    if isinstance(default, int | float):
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            raise wrong
        try:
            fit = type(default)(value)
        except (ValueError, OverflowError):
            raise wrong from None
        if isinstance(default, int) and isinstance(value, float) and fit != value:
            raise wrong  # a whole number is asked for
        return fit
    if isinstance(default, tuple):
        return _names(value, wrong)
    if isinstance(default, Mapping):
        return _table(value, wrong)
    if not isinstance(value, str):
        raise wrong
    return value


def _truth(value: object, wrong: SettingsError) -> bool:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    found = value if isinstance(value, bool) else words.get(str(value).lower())
    if found is None:
        raise wrong
    return found


def _names(value: object, wrong: SettingsError) -> tuple[str, ...]:
    if isinstance(value, str) and value.lstrip().startswith("["):  # entries may hold commas: `0,30 3 * * * tenant-a`
        try:
            value = json.loads(value)
        except ValueError:
            raise wrong from None
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, list | tuple) and all(isinstance(part, str) for part in value):
        return tuple(value)
    raise wrong


def _table(value: object, wrong: SettingsError) -> Mapping[str, float]:
    if not isinstance(value, Mapping):
        raise wrong
    if any(isinstance(number, bool) or not isinstance(number, int | float) for number in value.values()):
        raise wrong
    return MappingProxyType(dict(value))


def _check(settings: Settings, where: str) -> None:
    _check_numbers(settings, where)
    _check_addresses(settings, where)
    if settings.cage not in ("auto", "strict", "off"):
        raise SettingsError(f"cage = {settings.cage!r}", where=where, mend="use auto, strict or off")
    if settings.lease_seconds > 3_600:
        raise SettingsError(f"lease_seconds = {settings.lease_seconds}", where=where, mend="give at most 3600")
    if settings.log_format not in ("text", "json"):
        raise SettingsError(f"log_format = {settings.log_format!r}", where=where, mend="use text or json")
    if bool(settings.redis_events_url) != bool(settings.redis_events_key):
        given = "redis_events_url" if settings.redis_events_url else "redis_events_key"
        raise SettingsError(f"{given} stands alone", where=where, mend="give redis_events_url and redis_events_key")
    if settings.console_port > 65_535:
        raise SettingsError(f"console_port = {settings.console_port}", where=where, mend="give a port below 65536")


def _check_addresses(settings: Settings, where: str) -> None:
    for name in ("s3_endpoint", "sqs_endpoint", "kms_endpoint"):
        address = getattr(settings, name)
        if address and not re.fullmatch(r"https?://[^/\s]+/?", address):
            mend = "give http:// or https://, a host and, if need be, a port"
            raise SettingsError(f"{name} = {address!r} is no endpoint", where=where, mend=mend)
    scheme = settings.database_url.partition(":")[0].partition("+")[0]
    if settings.database_url and (scheme not in ("sqlite", "postgresql") or "://" not in settings.database_url):
        mend = "for example postgresql+psycopg://user:password@host/name, or nothing for SQLite in state_dir"
        raise SettingsError("database_url names no database that is served", where=where, mend=mend)


def _check_numbers(settings: Settings, where: str) -> None:
    for entry in fields(settings):
        value = getattr(settings, entry.name)
        if isinstance(value, int | float) and not isinstance(value, bool) and not 0 < value < math.inf:
            raise SettingsError(f"{entry.name} = {value} is not positive", where=where, mend="give a number above 0")
    for key, number in settings.limits.items():
        if not 0 < number < math.inf:
            raise SettingsError(f"limits.{key} = {number} is not positive", where=where, mend="give a number above 0")
    for rule, share in settings.rollouts.items():
        if not 0 <= share <= 1:
            raise SettingsError(f"rollouts.{rule} = {share} is no share", where=where, mend="give a number from 0 to 1")
