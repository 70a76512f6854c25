"""Which adapters hold the store for enforcement: measures, the vault and its keys, each under its own login."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from scanner.adapters.abilities_file import AbilitiesFile
from scanner.adapters.kms_keys import KmsWrapper, kms_client
from scanner.adapters.probe import probe
from scanner.adapters.s3_contents import s3_client
from scanner.adapters.s3_surface import S3Surface
from scanner.adapters.s3_wide import S3Wide
from scanner.adapters.vault import DirectoryVault
from scanner.adapters.vault_chosen import ChosenVault
from scanner.adapters.vault_s3 import LockedVault
from scanner.domain.enforcement.abilities import Abilities
from scanner.ports import Rules
from scanner.settings import Settings
from scanner.wire.seal import Keys, load_or_create_keys


def surface_of(settings: Settings, client: Any) -> S3Surface:
    """Measures on S3 objects, seen from where the world reads them, as far as the store was shown to obey."""
    seen_at = settings.public_base_url or settings.s3_endpoint
    shown = AbilitiesFile(settings.state / "abilities.json", client.meta.endpoint_url, lambda: probe(client, seen_at))
    return S3Surface(client, seen_at, shown, settings.cdn_urls)


def wide_of(settings: Settings, objects: S3Surface) -> S3Wide:
    """Measures on whole buckets and prefixes of the same store."""
    return S3Wide(objects.client, objects.base_url, objects.shown, settings.cdn_urls)


def keys_of(settings: Settings) -> Keys:
    """The evidence keys, wrapped by a KMS where the settings name one."""
    kms = None
    if settings.kms_key_id:
        kms = KmsWrapper(kms_client(settings.kms_endpoint, settings.s3_region), settings.kms_key_id)
    return load_or_create_keys(settings.state / "keys", kms)


def enforcer_client(settings: Settings, *, attempts: int = 5) -> Any:
    """The store under the enforcer's login, where it has one of its own (`aup stores roles` prints its rights)."""
    return _client_as(settings, settings.enforcer_access_key, settings.enforcer_secret_key, attempts)


def _client_as(settings: Settings, access_key: str, secret_key: str, attempts: int = 5) -> Any:
    own = replace(settings, s3_access_key=access_key, s3_secret_key=secret_key)
    return s3_client(own if access_key else settings, attempts=attempts)


def vault_of(settings: Settings, shown: Callable[[], Abilities], rules: Rules) -> ChosenVault:
    """The evidence vault: `vault_bucket` under COMPLIANCE for the longest time any clause asks, or the folder."""

    def longest() -> timedelta:
        policies = rules.current().policy.clauses.values()
        return timedelta(days=max((policy.retention_days for policy in policies), default=180))

    bucket = settings.vault_bucket
    login = (settings.vault_access_key, settings.vault_secret_key)
    login = login if login[0] else (settings.enforcer_access_key, settings.enforcer_secret_key)
    client = _client_as(settings, *login) if bucket else None
    locked = LockedVault(client, bucket, shown, lambda: datetime.now(UTC), longest) if bucket else None
    return ChosenVault(DirectoryVault(settings.vault), locked, shown)
