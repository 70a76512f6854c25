"""What the end of a transfer means: a page, a redirect to be followed, or a reason why there is nothing."""

import re
from typing import Any

import pycurl

from scanner.adapters.cdn_transfer import REDIRECTS, Transfer
from scanner.domain.cdn.fetching import Page, Unfetched
from scanner.domain.cdn.urls import Url, read_link
from scanner.domain.coverage import Reason
from scanner.errors import ContentError

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")
_UNREACHED = frozenset({pycurl.E_COULDNT_CONNECT, pycurl.E_OPERATION_TIMEDOUT, pycurl.E_SSL_CONNECT_ERROR})
_TLS = frozenset({pycurl.E_SSL_CONNECT_ERROR, pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_CIPHER})


def unreached(transfer: Transfer, code: int) -> bool:
    """Whether another address of the same host is worth a try: nothing came from this one."""
    return bool(code in _UNREACHED and transfer.status == 0 and len(transfer.addresses) > 1)


def answer(transfer: Transfer, handle: Any, code: int) -> Page | Unfetched | Url:
    """The page, why there is none, or the URL that is to be asked next."""
    if transfer.over:
        return transfer.failed(Reason.OVER_SIZE, transfer.over)
    if code:
        return _broken(transfer, handle, code)
    status = transfer.status
    if status in REDIRECTS and "location" in transfer.headers:
        return _onward(transfer)
    if status == 304 and (transfer.ask.etag or transfer.ask.modified):
        return transfer.page()
    if status == 206 or (transfer.ask.span and status == 200):
        return _part(transfer)
    return transfer.page() if status == 200 or status == 203 else _refused(transfer)


def _broken(transfer: Transfer, handle: Any, code: int) -> Unfetched:
    told = handle.errstr() or f"libcurl {code}"
    if code == pycurl.E_OPERATION_TIMEDOUT:
        return transfer.failed(Reason.TIMEOUT, f"too slow, or over its time: {told}")
    if code in _TLS:
        return transfer.failed(Reason.DAMAGED, f"TLS: {told}")
    return transfer.failed(Reason.DAMAGED, f"the transfer broke off: {told}")


def _onward(transfer: Transfer) -> Url | Unfetched:
    """The redirect's target, unless it is none, leads in a circle, or there were too many."""
    try:
        target = read_link(transfer.headers["location"].encode("latin-1").decode("utf-8", "replace"), transfer.url)
    except ContentError as error:
        return transfer.failed(Reason.ACCESS_DENIED, f"a redirect that is not followed: {error.what}")
    if target.text in transfer.visited or target.text == transfer.url.text:
        return transfer.failed(Reason.OVER_DEPTH, "the redirects lead in a circle")
    if len(transfer.hops) > transfer.limits.hops:
        return transfer.failed(Reason.OVER_DEPTH, f"more than {transfer.limits.hops} redirects")
    return target


def _part(transfer: Transfer) -> Page | Unfetched:
    """A part is taken only if it was asked for, and is the one that it says it is."""
    span = transfer.ask.span
    if span is None:
        return transfer.failed(Reason.DAMAGED, "a part came that nobody asked for")
    if transfer.status == 200:
        return transfer.page()
    found = _RANGE.fullmatch(transfer.headers.get("content-range", ""))
    held = transfer.body.tell()
    if found is None:
        return transfer.failed(Reason.DAMAGED, "a part came that does not say which")
    first, last = int(found[1]), int(found[2])
    whole = int(found[3]) if found[3] != "*" else last + 1
    if first != span[0] or last > span[1] or last - first + 1 != held or last >= whole:
        return transfer.failed(Reason.DAMAGED, f"{held} bytes came as {transfer.headers['content-range']}")
    return transfer.page()


def _refused(transfer: Transfer) -> Unfetched:
    status = transfer.status
    told = f"status {status}"
    if status in (401, 403, 407, 451):
        return transfer.turned_down(Reason.ACCESS_DENIED, told)
    if status in (404, 410):
        return transfer.turned_down(Reason.GONE, told)
    return transfer.turned_down(Reason.DAMAGED, told)
