"""Looking at an object as the world does: anonymous, at each address it is served from, and by old signed links."""

import http.client
import ssl
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

SEEN = ("served", "served-by-link", "unclear", "refused", "gone")  # the worst first


@dataclass(frozen=True, slots=True)
class Outside:
    """Addresses an object is served from. Each of `bases` is a URL with an optional `{bucket}`; seconds per look."""

    bases: tuple[str, ...]
    timeout: float = 5.0

    def urls(self, bucket: str, key: str, version_id: str = "") -> list[str]:
        """Where the world would ask for a key, and for a version of it by its id."""
        plain = []
        for base in self.bases:
            root = base.rstrip("/")
            root = root.replace("{bucket}", quote(bucket)) if "{bucket}" in root else f"{root}/{quote(bucket)}"
            plain.append(f"{root}/{quote(key, safe='/~')}")
        named = [f"{url}?versionId={quote(version_id, safe='')}" for url in plain] if version_id else []
        return plain + named

    def look(self, urls: Iterable[str], etag: str) -> str:
        """The worst of what the addresses answer: served, unclear, refused or gone."""
        return worst([self._one(url, etag) for url in urls])

    def _one(self, url: str, etag: str) -> str:
        try:
            status, seen_etag = self._status(url)
        except (OSError, http.client.HTTPException, ValueError):
            return "unclear"
        if status in (200, 206):
            return "gone" if etag and seen_etag and seen_etag.strip('W/"') != etag else "served"
        if status in (401, 403, 451):
            return "refused"
        return "gone" if status in (404, 405, 410) else "unclear"

    def _status(self, url: str) -> tuple[int, str]:
        parts = urlsplit(url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        connection = (
            http.client.HTTPSConnection(host, parts.port, timeout=self.timeout, context=ssl.create_default_context())
            if secure
            else http.client.HTTPConnection(host, parts.port, timeout=self.timeout)
        )
        try:
            target = url.split(parts.netloc, 1)[1] or "/"
            connection.request("GET", target, headers={"Range": "bytes=0-0", "Cache-Control": "no-cache"})
            answer = connection.getresponse()
            answer.read(1)
            return answer.status, answer.headers.get("ETag", "")
        finally:
            connection.close()


def worst(seen: Sequence[str]) -> str:
    """The worst of several looks; unclear for none."""
    return min(seen, key=SEEN.index, default="unclear")
