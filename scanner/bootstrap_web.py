"""The web as the settings want it: the fetcher, providers, the edges; what a scan of a URL needs, and no server."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from scanner.adapters.cdn_aliyun import Aliyun
from scanner.adapters.cdn_cloudflare import Cloudflare
from scanner.adapters.cdn_contents import RoutedContents, page_gaps
from scanner.adapters.cdn_domains import DomainSurface, SqlServed
from scanner.adapters.cdn_fetch import CurlFetcher
from scanner.adapters.cdn_ledger import SqlPurges
from scanner.adapters.cdn_memory import SqlMemories
from scanner.adapters.cdn_qiniu import Qiniu
from scanner.adapters.cdn_remembering import RememberedContents
from scanner.adapters.cdn_surface import CdnSurface, EdgedSurface
from scanner.adapters.cdn_tencent import Tencent
from scanner.adapters.cdn_webhook import WebhookProvider
from scanner.adapters.sql import Database
from scanner.domain.cdn.addresses import Allowed
from scanner.domain.cdn.fetching import FetchLimits
from scanner.ports import Clock, Contents, Fetched, Surface
from scanner.ports_cdn import Provider
from scanner.services.cdn_looking import Looking
from scanner.services.cdn_purging import Purging
from scanner.services.knowing import Knowing
from scanner.settings import Settings
from scanner.wire.cdn_config import CdnSettings, ProviderSettings, read_cdn

__all__ = [
    "cdn_settings",
    "edged",
    "fetcher_of",
    "looking_of",
    "page_gaps",
    "provider_of",
    "purging_of",
    "remembering",
]


def fetcher_of(settings: Settings) -> CurlFetcher:
    """A fetcher; SettingsError if an entry of `fetch_allow` is no network."""
    limits = FetchLimits(deadline=settings.fetch_seconds, rate=settings.fetch_rate)
    return CurlFetcher(limits, Allowed.of(settings.fetch_allow), proxy=settings.fetch_proxy)


def cdn_settings(settings: Settings) -> CdnSettings:
    """The file that `cdn_file` names, or `cdn.toml` in the state folder if it is there."""
    path = Path(settings.cdn_file) if settings.cdn_file else settings.state / "cdn.toml"
    return read_cdn(path, os.environ, must=bool(settings.cdn_file))


def provider_of(row: ProviderSettings) -> Provider:
    """The adapter of a provider's kind."""
    if row.kind == "cloudflare":
        return Cloudflare(row.secret_key, row.zone, row.endpoint)
    if row.kind == "webhook":
        return WebhookProvider(row.endpoint, row.secret_key)
    kinds: Mapping[str, type[Qiniu] | type[Aliyun] | type[Tencent]] = {
        "qiniu": Qiniu,
        "aliyun": Aliyun,
        "tencent": Tencent,
    }
    return kinds[row.kind](row.access_key, row.secret_key, row.endpoint)


def purging_of(found: CdnSettings, database: Database, clock: Clock) -> Purging:
    """Purging by the providers of the file."""
    providers = {name: provider_of(row) for name, row in found.providers.items()}
    return Purging(SqlPurges(database), providers, found.domains, clock)


def looking_of(settings: Settings, found: CdnSettings, clock: Clock) -> Looking:
    """Looks through the edges of the file."""
    return Looking(fetcher_of(settings), found.domains, clock)


def edged(settings: Settings, database: Database, inner: Surface, clock: Clock) -> EdgedSurface:
    """A surface that follows what it suspends to the edges of the CDN."""
    found = cdn_settings(settings)
    looker, purger = looking_of(settings, found, clock), purging_of(found, database, clock)
    stops = DomainSurface(found.domains, looker, purger, SqlServed(database, found.domains))
    return EdgedSurface(inner, CdnSurface(found.domains, looker, purger), stops)


def remembering(settings: Settings, objects: Contents, database: Database, knowing: Knowing, clock: Clock) -> Contents:
    """Contents for those who scan: URLs are asked conditionally where their verdict would stand."""
    fetcher, memories = fetcher_of(settings), SqlMemories(database)

    def stands(reads: Sequence[Fetched]) -> list[bool]:
        return [found is not None for found in knowing.standing(reads)]

    return RoutedContents(objects, RememberedContents(fetcher, memories, stands, clock))
