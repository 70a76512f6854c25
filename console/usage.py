"""Usage over HTTP: push samples and snapshots, Prometheus remote write, incidents and their plots."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from console.api.asked import Id
from console.api.callers import Caller, needs, route
from console.problems import answers
from console.signin import house_of
from scanner.bootstrap_usage import UsageHouse, open_usage
from scanner.domain.access import Right
from scanner.domain.usage.causes import Snapshot
from scanner.domain.usage.samples import RawSample, Tally
from scanner.errors import HookError
from scanner.wire.records import to_plain
from scanner.wire.usage_lines import UNUSABLE, plain_sample, plain_snapshot
from scanner.wire.usage_records import incident_plain

MAX_ROWS = 100_000
CSP = "default-src 'none'; style-src 'unsafe-inline'"


def usage_of(request: Request, _caller: Annotated[Caller, Depends(needs(Right.USAGE_WRITE))]) -> UsageHouse:
    """Usage metering of this process, opened at the first call, for those who may push."""
    return metering_of(request)


def usage_read(request: Request, _caller: Annotated[Caller, Depends(needs(Right.USAGE_READ))]) -> UsageHouse:
    """Likewise, for those who may look."""
    return metering_of(request)


Usage = Annotated[UsageHouse, Depends(usage_of)]
UsageRead = Annotated[UsageHouse, Depends(usage_read)]
router = APIRouter(prefix="/api/v1/usage", tags=["usage"])
Word = Annotated[str, Query(max_length=200, pattern=r"^[^\x00]*$")]
_TEXT, _NUMBER = {"type": "string"}, {"type": "number"}
_SAMPLE = {"account": _TEXT, "resource": _TEXT, "at": _NUMBER, "value": _NUMBER, "unit": _TEXT}
_SNAPSHOT = {"account": _TEXT, "at": _NUMBER}
SAMPLES = {"application/json": {"type": "array", "items": {"type": "object", "properties": _SAMPLE}}}
SNAPSHOTS = {"application/json": {"type": "array", "items": {"type": "object", "properties": _SNAPSHOT}}}
WRITTEN = {"application/x-protobuf": {"type": "string", "format": "binary"}}
ONE_PLOT: dict[int | str, dict[str, object]] = {200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}}


@router.post("/samples", status_code=202, **route(Right.USAGE_WRITE, sent=SAMPLES))
async def push_samples(request: Request, usage: Usage) -> object:
    """Samples as a JSON list of {account, resource, at, value, unit, counter}; answers what was taken and refused."""
    rows = await _rows(request)
    found = [plain_sample(row, f"[{number}]") for number, row in enumerate(rows)]
    wrong = sum((row for row in found if isinstance(row, Tally)), Tally())
    samples = [row for row in found if isinstance(row, RawSample)]
    return to_plain(wrong + await run_in_threadpool(usage.metering.ingest, samples))


@router.post("/snapshots", status_code=202, **route(Right.USAGE_WRITE, sent=SNAPSHOTS))
async def push_snapshots(request: Request, usage: Usage) -> object:
    """Process and flow snapshots of an agent as a JSON list."""
    snapshots: list[Snapshot] = []
    for number, row in enumerate(await _rows(request)):
        try:
            snapshots.append(plain_snapshot(row))
        except UNUSABLE as error:
            mend = "send account, at, processes, flows, tops"
            raise HookError(422, f"is no snapshot: {error}", where=f"[{number}]", mend=mend) from error
    return to_plain(await run_in_threadpool(usage.metering.note, snapshots))


@router.post("/write", status_code=204, response_class=Response, **route(Right.USAGE_WRITE, answers(415), sent=WRITTEN))
async def remote_write(request: Request, usage: Usage) -> Response:
    """Prometheus remote write 1.0. What can never be taken (unknown account, NaN) is counted, not asked for again."""
    kind = request.headers.get("content-type", "")
    if "io.prometheus.write.v2" in kind or request.headers.get("content-encoding", "snappy") != "snappy":
        mend = "configure remote write with protobuf_message prometheus.WriteRequest"
        raise HookError(415, "only remote write 1.0 with snappy is taken", where="Content-Type", mend=mend)
    body = await _body(request)
    tally = await run_in_threadpool(_written, usage, body)
    return Response(status_code=204, headers={"X-Aup-Taken": str(tally.accepted), "X-Aup-Refused": _counts(tally)})


@router.get("/incidents", **route(Right.USAGE_READ))
def list_incidents(
    usage: UsageRead, account: Word = "", is_open: bool = False, limit: Annotated[int, Query(ge=1, le=500)] = 50
) -> dict[str, object]:
    """Incidents, the newest first."""
    found = usage.record.incidents(account, only_open=is_open, limit=limit)
    return {"incidents": [incident_plain(incident) for incident in found]}


@router.get("/incidents/{incident_id}/plot.svg", response_class=Response, **route(Right.USAGE_READ, ONE_PLOT))
def plot(incident_id: Id, usage: UsageRead) -> Response:
    """The plot of an incident."""
    found = usage.record.incident(incident_id)
    headers = {"Content-Security-Policy": CSP, "X-Content-Type-Options": "nosniff"}
    return Response(usage.plotting.incident(found), media_type="image/svg+xml", headers=headers)


def metering_of(request: Request) -> UsageHouse:
    """Usage metering of this process, opened at the first call."""
    held: UsageHouse | None = getattr(request.app.state, "usage", None)
    if held is None:
        held = request.app.state.usage = open_usage(house_of(request))
    return held


def _written(usage: UsageHouse, body: bytes) -> Tally:
    samples, tally = usage.remote.samples(body)
    return tally + usage.metering.ingest(samples)


async def _rows(request: Request) -> list[Any]:
    try:
        rows = json.loads(await _body(request))
    except (ValueError, RecursionError) as error:
        raise HookError(400, f"is no JSON: {error}", where="body", mend="send a JSON list") from error
    if not isinstance(rows, list) or len(rows) > MAX_ROWS:
        raise HookError(422, f"is no list of at most {MAX_ROWS}", where="body", mend="send a JSON list, in pieces")
    return rows


async def _body(request: Request) -> bytes:
    """The whole body, bounded while it comes."""
    limit = house_of(request).settings.hook_max_bytes
    pieces, held = [], 0
    async for piece in request.stream():
        held += len(piece)
        if held > limit:
            raise HookError(413, f"the body is over {limit} bytes", where="body", mend="send smaller batches")
        pieces.append(piece)
    return b"".join(pieces)


def _counts(tally: Tally) -> str:
    return ", ".join(f"{reason}={count}" for reason, count in sorted(tally.refused.items())) or "0"
