"""Bytes written as text: base64 in all its sloppy forms, and hex."""

import base64
import binascii
import re

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_JUNK = bytes(set(range(256)) - set(_ALPHABET) - set(b"-_"))
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def base64_decoded(raw: bytes) -> list[bytes]:
    """What decoders make of `raw`: junk is skipped, padding in the middle starts a new run. Nothing if it is empty.

    Readers differ at padding in the middle: some stop, some go on. Each run is decoded by itself, and they are joined.
    """
    runs = raw.translate(_URL_SAFE, _JUNK).split(b"=")
    pieces = [_run(run) for run in runs if run]
    joined = b"".join(pieces)
    return [joined] if joined else []


def base64_readings(raw: bytes) -> list[bytes]:
    """What the decoders of mail make of `raw`, which differ: `-` and `_` are letters to some and junk to others, and
    so is padding in the middle. Most texts are read in one way by all.
    """
    found = base64_decoded(raw)
    if b"-" in raw or b"_" in raw:
        found += base64_decoded(raw.translate(None, b"-_"))
    if b"=" in raw.translate(None, b"\r\n\t ").rstrip(b"="):
        found += base64_decoded(raw.translate(None, b"="))
    return list(dict.fromkeys(found))


def _run(run: bytes) -> bytes:
    run = run[:-1] if len(run) % 4 == 1 else run
    try:
        return base64.b64decode(run + b"=" * (-len(run) % 4))
    except (binascii.Error, ValueError):
        return b""


def hex_decoded(raw: bytes) -> bytes:
    """`raw` as hex digits, everything else skipped."""
    digits = re.sub(rb"[^0-9A-Fa-f]+", b"", raw)
    return bytes.fromhex(digits[: len(digits) // 2 * 2].decode())
