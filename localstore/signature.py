"""AWS Signature Version 4: who signed a request, and the body under its transfer encoding."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from localstore.values import Caller, Login, RefusalError

OLD_PARTS = ("acl", "tagging", "versionId", "response-content-type", "response-content-disposition")
SKEW = timedelta(minutes=15)


def identify(
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    logins: Mapping[str, Login],
    now: datetime,
) -> Caller:
    """The caller; the world if nothing is signed; 403 for a wrong or stale signature."""
    if "X-Amz-Signature" in query:
        return _presigned(method, path, query, headers, logins, now)
    if "Signature" in query and "AWSAccessKeyId" in query:
        return _old_link(method, path, query, headers, logins, now)
    authorization = headers.get("authorization", "")
    if not authorization:
        return Caller()
    if not authorization.startswith("AWS4-HMAC-SHA256 "):
        raise RefusalError(400, "InvalidRequest", "Only AWS4-HMAC-SHA256 is supported.")
    fields = dict(part.strip().partition("=")[::2] for part in authorization.split(" ", 1)[1].split(","))
    login, scope = _login(fields.get("Credential", ""), logins)
    sent = headers.get("x-amz-date", "")
    if abs(_time(sent) - now) > SKEW:
        raise RefusalError(
            403, "RequestTimeTooSkewed", "The difference between the request time and ours is too large."
        )
    signed = fields.get("SignedHeaders", "")
    digest = headers.get("x-amz-content-sha256", "UNSIGNED-PAYLOAD")
    wanted = _sign(login.secret, scope, sent, _canonical(method, path, query, headers, signed, digest))
    if not hmac.compare_digest(wanted, fields.get("Signature", "")):
        raise RefusalError(403, "SignatureDoesNotMatch", "The signature does not match.")
    return login.caller


def _presigned(
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    logins: Mapping[str, Login],
    now: datetime,
) -> Caller:
    login, scope = _login(query.get("X-Amz-Credential", ""), logins)
    sent = query.get("X-Amz-Date", "")
    if now > _time(sent) + timedelta(seconds=int(query.get("X-Amz-Expires", "0"))):
        raise RefusalError(403, "AccessDenied", "Request has expired")
    rest = {name: value for name, value in query.items() if name != "X-Amz-Signature"}
    text = _canonical(method, path, rest, headers, query.get("X-Amz-SignedHeaders", ""), "UNSIGNED-PAYLOAD")
    if not hmac.compare_digest(_sign(login.secret, scope, sent, text), query["X-Amz-Signature"]):
        raise RefusalError(403, "SignatureDoesNotMatch", "The signature does not match.")
    return replace(login.caller, presigned=True)


def _old_link(
    method: str,
    path: str,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    logins: Mapping[str, Login],
    now: datetime,
) -> Caller:
    """A link signed the old way (version 2), which clients still make by default."""
    login, expires = logins.get(query["AWSAccessKeyId"]), query.get("Expires", "")
    if login is None:
        raise RefusalError(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist.")
    if not expires.isdigit() or now.timestamp() > int(expires):
        raise RefusalError(403, "AccessDenied", "Request has expired")
    parts = sorted((name, value) for name, value in query.items() if name in OLD_PARTS)
    resource = path + ("?" if parts else "") + "&".join(f"{n}={v}" if v else n for n, v in parts)
    kind = [headers.get(name, "") for name in ("content-md5", "content-type")]
    text = "\n".join((method, *kind, expires, resource))
    wanted = base64.b64encode(hmac.new(login.secret.encode(), text.encode(), hashlib.sha1).digest()).decode()
    if not hmac.compare_digest(wanted, query["Signature"]):
        raise RefusalError(403, "SignatureDoesNotMatch", "The signature does not match.")
    return replace(login.caller, presigned=True)


def _login(credential: str, logins: Mapping[str, Login]) -> tuple[Login, list[str]]:
    name, *scope = credential.rsplit("/", 4)
    login = logins.get(name)
    if login is None or len(scope) != 4:
        raise RefusalError(
            403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."
        )
    return login, scope


def _time(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise RefusalError(403, "AccessDenied", "AWS authentication requires a valid x-amz-date") from error


def _canonical(
    method: str, path: str, query: Mapping[str, str], headers: Mapping[str, str], signed: str, digest: str
) -> str:
    pairs = sorted((quote(name, safe="-_.~"), quote(value, safe="-_.~")) for name, value in query.items())
    lines = "".join(f"{name}:{' '.join(headers.get(name, '').split())}\n" for name in signed.split(";"))
    return "\n".join((method, path, "&".join(f"{n}={v}" for n, v in pairs), lines, signed, digest))


def _sign(secret: str, scope: list[str], sent: str, canonical: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in scope:
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = "\n".join(
        (
            "AWS4-HMAC-SHA256",
            sent,
            "/".join(scope),
            hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest(),
        )
    )
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


def plain_body(body: bytes, headers: Mapping[str, str]) -> tuple[bytes, dict[str, str]]:
    """The body without `aws-chunked` framing, and the trailers that came after it; 400 if it was altered or cut."""
    digest = headers.get("x-amz-content-sha256", "")
    if digest.startswith("STREAMING-"):
        return _unchunk(body, int(headers.get("x-amz-decoded-content-length", "-1")))
    if len(digest) == 64 and hashlib.sha256(body).hexdigest() != digest:
        raise RefusalError(400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' does not match.")
    return body, {}


def _unchunk(body: bytes, promised: int) -> tuple[bytes, dict[str, str]]:
    pieces, at = [], 0
    while True:
        end = body.find(b"\r\n", at)
        if end < 0:
            raise RefusalError(400, "IncompleteBody", "The chunked body was cut.")
        size = int(body[at:end].split(b";")[0], 16)
        at = end + 2
        if size == 0:
            break
        pieces.append(body[at : at + size])
        at += size + 2
    data = b"".join(pieces)
    if promised not in (-1, len(data)):
        raise RefusalError(400, "IncompleteBody", f"{len(data)} bytes came of {promised}.")
    lines = body[at:].decode("latin-1").split("\r\n")
    return data, {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if value}
