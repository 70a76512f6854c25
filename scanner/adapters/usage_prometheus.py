"""Prometheus as a source: range queries from a cursor on, so that an outage is caught up with, not skipped."""

import http.client
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from scanner.domain.usage.book import Query, Sources
from scanner.domain.usage.samples import MAX_EXAMPLES, RawSample, Tally
from scanner.errors import SettingsError
from scanner.ports_usage import Pulled

PREFIX = "prometheus/"
WINDOW = 6 * 3_600  # seconds asked for at once; the rest is caught up with at the next pull
NARROWINGS, NARROWER = 3, 6  # times that less is asked for when an answer is too much, and by how much less
FIRST = 600  # seconds looked back at the very first pull


class _UnusableError(Exception):
    """Why an answer is not used."""


class _TooMuchError(_UnusableError):
    """It is too large or too slow: of a shorter time it may be used."""


@dataclass(frozen=True, slots=True)
class PrometheusSource:
    """The queries of the usage rules against one Prometheus. `step`: seconds between samples."""

    sources: Sources
    step: int = 60
    first: int = FIRST

    @property
    def names(self) -> Sequence[str]:
        """The queries' names, as their cursors are kept under."""
        return [PREFIX + query.name for query in self.sources.queries]

    def pull(self, name: str, cursor: int, now: int) -> Pulled:
        """All samples of a query after the cursor. An answer that is late, partial or broken is not used at all."""
        query = next(query for query in self.sources.queries if PREFIX + query.name == name)
        start = ((cursor or now - self.first) // self.step + 1) * self.step
        end = min(now, start + WINDOW) // self.step * self.step
        if end < start:
            return Pulled(name, (), cursor)
        tries, told = NARROWINGS, f"{self.sources.url} query {query.name}"
        while True:
            try:
                return self._pulled(name, query, start, end)
            except _TooMuchError as error:  # what a long outage left may be too much at once
                narrower = start + (end - start) // NARROWER // self.step * self.step
                if not tries or end - start <= FIRST:
                    return Pulled(name, (), cursor, f"{told}: {error}")
                tries, end = tries - 1, narrower
            except _UnusableError as error:
                return Pulled(name, (), cursor, f"{told}: {error}")

    def _pulled(self, name: str, query: Query, start: int, end: int) -> Pulled:
        found = self._ask(query, start, end)
        counts = Counter(str(row["metric"].get(query.account, "")) for row in found)
        several = {account for account, count in counts.items() if account and count > 1}
        try:
            samples = list(_samples(query, [row for row in found if row["metric"].get(query.account) not in several]))
        except (ValueError, TypeError) as error:
            raise _UnusableError(f"a sample is none: {error}") from error
        wrong = {"no-account-label": counts[""], "several-series": sum(counts[account] for account in several)}
        told = tuple(f"{query.name}: several series of {account}: sum by ({query.account})" for account in several)
        left_out = {word: count for word, count in wrong.items() if count}
        return Pulled(name, samples, end, "", Tally(0, left_out, told[:MAX_EXAMPLES]))

    def _ask(self, query: Query, start: int, end: int) -> list[Mapping[str, Any]]:
        words = {
            "query": query.query,
            "start": start,
            "end": end,
            "step": self.step,
            "timeout": f"{self.sources.timeout:g}s",
        }
        body = self._get(f"/api/v1/query_range?{urlencode(words)}")
        try:
            answer = json.loads(body)
        except ValueError as error:
            raise _UnusableError(f"the answer is no JSON: {error}") from error
        if not isinstance(answer, Mapping) or answer.get("status") != "success":
            raise _UnusableError(f"refused: {_said(answer)}")
        if answer.get("warnings"):
            raise _UnusableError(f"partial data: {'; '.join(map(str, answer['warnings']))[:200]}")
        return _matrix(answer)

    def _get(self, path: str) -> bytes:
        """The whole answer within the time and size allowed."""
        place = urlsplit(self.sources.url)
        if place.scheme not in ("http", "https") or not place.hostname:
            mend = "write prometheus: {url: 'http://127.0.0.1:9090'} in usage.yaml"
            raise SettingsError(
                f"prometheus.url = {self.sources.url!r} is no HTTP address", where="usage.yaml", mend=mend
            )
        kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
        deadline = time.monotonic() + self.sources.timeout
        connection = kind(place.hostname, place.port, timeout=self.sources.timeout)
        try:
            connection.request("GET", place.path.rstrip("/") + path)
            answer = connection.getresponse()
            body = b"".join(self._pieces(connection, answer, deadline))
        except (OSError, http.client.HTTPException) as error:
            kind_of = _TooMuchError if isinstance(error, TimeoutError) else _UnusableError
            raise kind_of(f"no answer within {self.sources.timeout:g} s: {error or type(error).__name__}") from error
        finally:
            connection.close()
        if answer.status != 200 and not body.startswith(b"{"):
            raise _UnusableError(f"HTTP {answer.status}")
        return body

    def _pieces(
        self, connection: http.client.HTTPConnection, answer: http.client.HTTPResponse, deadline: float
    ) -> Iterator[bytes]:
        held = 0
        while piece := answer.read1(65_536):
            held += len(piece)
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer came too slowly")
            if held > self.sources.max_bytes:
                raise _TooMuchError(
                    f"the answer is over {self.sources.max_bytes} bytes: raise max_bytes or narrow the query"
                )
            if connection.sock is not None:
                connection.sock.settimeout(left)
            yield piece
        if answer.length:
            raise OSError(f"the answer ended {answer.length} bytes early")


def _matrix(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    data = answer.get("data")
    rows = data.get("result") if isinstance(data, Mapping) and data.get("resultType") == "matrix" else None
    if not isinstance(rows, list) or not all(
        isinstance(row, Mapping) and {"metric", "values"} <= row.keys() for row in rows
    ):
        raise _UnusableError("the answer holds no range of samples")
    return rows


def _samples(query: Query, rows: Sequence[Mapping[str, Any]]) -> Iterator[RawSample]:
    for row in rows:
        account = row["metric"].get(query.account)
        for at, value in row["values"] if account else ():
            yield RawSample(account, query.resource, float(at), float(value), query.unit, query.counter)


def _said(answer: object) -> str:
    if isinstance(answer, Mapping):
        return f"{answer.get('errorType', '')} {answer.get('error', '')}".strip()[:300] or "no reason given"
    return "no reason given"
