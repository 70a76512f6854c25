"""The fetcher as the settings want it: what a scan of a URL needs, and no server."""

from scanner.adapters.cdn_fetch import CurlFetcher
from scanner.domain.cdn.addresses import Allowed
from scanner.domain.cdn.fetching import FetchLimits
from scanner.settings import Settings


def fetcher_of(settings: Settings) -> CurlFetcher:
    """A fetcher; SettingsError if an entry of `fetch_allow` is no network."""
    limits = FetchLimits(deadline=settings.fetch_seconds, rate=settings.fetch_rate)
    return CurlFetcher(limits, Allowed.of(settings.fetch_allow), proxy=settings.fetch_proxy)
