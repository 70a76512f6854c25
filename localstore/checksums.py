"""The checksums that S3 clients send, and what a strict store makes of a wrong one."""

import base64
import hashlib
import zlib
from collections.abc import Callable, Mapping

from localstore.values import RefusalError


def _table(polynomial: int) -> tuple[int, ...]:
    rows = []
    for value in range(256):
        for _ in range(8):
            value = (value >> 1) ^ polynomial if value & 1 else value >> 1
        rows.append(value)
    return tuple(rows)


_CRC32C, _CRC64 = _table(0x82F63B78), _table(0x9A6C9329AC4BC9B5)


def _crc(body: bytes, rows: tuple[int, ...], width: int) -> bytes:
    value = ones = (1 << width) - 1
    for byte in body:
        value = rows[(value ^ byte) & 0xFF] ^ (value >> 8)
    return (value ^ ones).to_bytes(width // 8, "big")


KINDS: Mapping[str, Callable[[bytes], bytes]] = {
    "crc32": lambda body: zlib.crc32(body).to_bytes(4, "big"),
    "crc32c": lambda body: _crc(body, _CRC32C, 32),
    "crc64nvme": lambda body: _crc(body, _CRC64, 64),
    "sha1": lambda body: hashlib.sha1(body).digest(),
    "sha256": lambda body: hashlib.sha256(body).digest(),
}


def check(body: bytes, headers: Mapping[str, str]) -> dict[str, str]:
    """The checksums sent with a body, all of them right; 400 for a wrong one."""
    sent = headers.get("content-md5", "")
    if sent and base64.b64encode(hashlib.md5(body).digest()).decode() != sent:
        raise RefusalError(400, "BadDigest", "The Content-MD5 you specified did not match what we received.")
    found = {}
    for kind, compute in KINDS.items():
        stated = headers.get(f"x-amz-checksum-{kind}", "")
        if not stated:
            continue
        if base64.b64encode(compute(body)).decode() != stated:
            raise RefusalError(400, "BadDigest", f"The {kind.upper()} you specified did not match what we received.")
        found[kind] = stated
    return found
