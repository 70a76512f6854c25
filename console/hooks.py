"""Upload hooks of object stores."""

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool

from console.problems import answers
from scanner.bootstrap import House
from scanner.bootstrap_cdn import cdn_over
from scanner.errors import HookError
from scanner.wire.cdn_hooks import published_urls
from scanner.wire.s3_events import signed, upload_events

router = APIRouter(prefix="/hooks", tags=["hooks"])


@router.post("/s3", status_code=202, responses=answers(400, 401, 413, 422, 503))
async def s3(request: Request) -> dict[str, object]:
    """S3 event notifications (AWS, MinIO, Ceph shapes): every record becomes a durable scan request.

    401 wrong signature, 413 too large, 422 not an event or an unknown bucket; each says what, where and the mend.
    """
    house: House = request.app.state.house
    body = await _signed_body(request, house)
    events = upload_events(body, house.settings.hook_max_records)
    accepted = await run_in_threadpool(house.intake.accept, events)
    return {"accepted": len(accepted.requests), "requests": accepted.requests, "passed_over": accepted.passed_over}


@router.post("/cdn", status_code=202, responses=answers(400, 401, 413, 422, 503))
async def cdn(request: Request) -> dict[str, object]:
    """URLs that were published or prefetched on a CDN, as `{"urls": [...]}`: each becomes a durable scan request.

    Signed as `/hooks/s3` is; with the same refusals. URLs that no fetcher may go to are counted by their reason.
    """
    house: House = request.app.state.house
    urls = published_urls(await _signed_body(request, house), house.settings.hook_max_records)
    filed = await run_in_threadpool(lambda: cdn_over(house).finding.named(urls))
    return {"accepted": len(filed.ids), "requests": filed.ids, "refused": dict(filed.refused)}


async def _signed_body(request: Request, house: House) -> bytes:
    body = await _body(request, house.settings.hook_max_bytes)
    header = request.headers.get
    if not signed(house.settings.hook_secret, body, header("x-aup-signature", ""), header("authorization", "")):
        mend = "sign the raw body with hook_secret: X-Aup-Signature: sha256=HMAC, or send it as bearer token"
        raise HookError(401, "the signature is wrong or missing", where="X-Aup-Signature", mend=mend)
    return body


async def _body(request: Request, limit: int) -> bytes:
    """The whole body, bounded while it comes; a declared length over the limit is refused unread."""
    refusal = HookError(413, f"the body is over {limit} bytes", where="body", mend="send smaller batches")
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise refusal
    pieces, held = [], 0
    async for piece in request.stream():
        held += len(piece)
        if held > limit:
            raise refusal
        pieces.append(piece)
    return b"".join(pieces)
