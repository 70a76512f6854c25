"""A strict store behind three edges and a house over it: the story of one object, cached, suspended, purged, gone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.cdn_edges import Edges, edges
from scanner.adapters.cdn_fetch import CurlFetcher
from scanner.bootstrap import House, open_house
from scanner.bootstrap_cdn import CdnHouse, cdn_over
from scanner.domain.cdn.addresses import Allowed
from scanner.domain.cdn.fetching import Ask, Page
from scanner.domain.cdn.looks import Look
from scanner.domain.content import UploadEvent
from scanner.settings import Settings

EICAR = ("X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*").encode()
HOST, BUCKET = "www.tenant.test", "tenant-a"
CDN_TOML = """
[[provider]]
name = "main"
kind = "qiniu"
access_key = "access"
secret_key = "secret"
endpoint = "{api}"
[[domain]]
name = "{host}"
account = "{bucket}"
bucket = "{bucket}"
provider = "main"
edges = {edges}
"""


@dataclass
class Stage:
    """Everything that stands for the story."""

    house: House
    cdn: CdnHouse
    edges: Edges
    visitor: CurlFetcher

    def visit(self, key: str) -> list[Page]:
        """A plain visitor's request at each edge: fills the caches."""
        asks = [Ask(f"http://{HOST}/{key}", address=address) for address in self.edges.addresses]
        return [outcome for outcome in self.visitor.fetch(asks) if isinstance(outcome, Page)]

    def look(self, key: str) -> list[Look]:
        """What the edges show."""
        return self.cdn.looking.look([f"http://{HOST}/{key}"])

    def found(self, store: Any, key: str, data: bytes) -> None:
        """Upload it, have it visited, then scanned; its suspension is filed."""
        subject = store.put(key, data, BUCKET)
        self.visit(key)
        event = UploadEvent(BUCKET, key, subject.version_id, subject.etag, len(data), key)
        self.house.scanning.scan_batch(self.house.intake.accept([event]).requests, "story")


@contextmanager
def stage(store: Any, double: Any, folder: Path) -> Iterator[Stage]:
    """The story's stage: a store with a public bucket, a provider's double that empties the edges' caches."""
    with edges(store.url, BUCKET) as running:
        double.forget = running.forget
        state = folder / "state"
        state.mkdir(parents=True)
        quoted = "[" + ", ".join(f'"{address}"' for address in running.addresses) + "]"
        (state / "cdn.toml").write_text(CDN_TOML.format(api=double.url, host=HOST, bucket=BUCKET, edges=quoted))
        allowed = tuple(address.replace(":", "#") for address in running.addresses)
        settings = Settings.from_mapping(
            {
                "state_dir": str(state),
                "s3_endpoint": store.url,
                "s3_access_key": "owner",
                "s3_secret_key": "secret",
                "redis_url": "redis+socket:///nowhere.sock",
                "cage": "off",
                "fetch_allow": allowed,
                "fetch_rate": 10_000.0,
                "breaker_share": 1.0,  # everything in this bucket is bad, and meant to be
            }
        )
        house = open_house(settings, role="cli")
        visitor = CurlFetcher(allowed=Allowed.of(allowed))
        try:
            yield Stage(house, cdn_over(house), running, visitor)
        finally:
            visitor.close()
            house.close()
