"""Opening encrypted zip members with a candidate password: the old stream cipher, and AES."""

import hashlib
import hmac
from collections.abc import Iterator

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from scanner.detection.unpack.zip_format import Entry, extra_fields

SLOW_MOST = 8 * 1024 * 1024  # the old cipher runs at about a megabyte a second here


def _crc_table() -> list[int]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0xEDB88320 if value & 1 else 0)
        table.append(value)
    return table


_TABLE = _crc_table()


def _keys(password: bytes) -> tuple[int, int, int]:
    first, second, third = 0x12345678, 0x23456789, 0x34567890
    for byte in password:
        first = first >> 8 ^ _TABLE[(first ^ byte) & 255]
        second = ((second + (first & 255)) * 134775813 + 1) & 0xFFFFFFFF
        third = third >> 8 ^ _TABLE[(third ^ second >> 24) & 255]
    return first, second, third


def stream_decrypt(packed: bytes, password: bytes) -> bytes:
    """`packed` through the old stream cipher, its 12 byte head included."""
    first, second, third = _keys(password)
    table, out = _TABLE, bytearray(len(packed))
    for index, byte in enumerate(packed):
        word = third | 2
        byte ^= word * (word ^ 1) >> 8 & 255
        out[index] = byte
        first = first >> 8 ^ table[(first ^ byte) & 255]
        second = ((second + (first & 255)) * 134775813 + 1) & 0xFFFFFFFF
        third = third >> 8 ^ table[(third ^ second >> 24) & 255]
    return bytes(out)


def stream_opens(packed: bytes, entry: Entry, late_check: int, password: bytes) -> bool:
    """Whether the password's check byte fits: one wrong word in 256 gets through, the check sum tells those."""
    head = stream_decrypt(packed[:12], password)
    return len(head) == 12 and head[11] in (entry.crc >> 24, late_check)


def aes_parts(entry: Entry) -> tuple[int, int] | None:
    """(key bytes, real method) of an AES member, None if its extra field does not say."""
    for word, body in extra_fields(entry.extra):
        if word == 0x9901 and len(body) >= 7 and body[4] in (1, 2, 3):
            return 8 + 8 * body[4], int.from_bytes(body[5:7], "little")
    return None


def aes_decrypt(packed: bytes, key_bytes: int, password: bytes) -> bytes | None:
    """The bytes of an AES member, None if the password does not fit."""
    salt_bytes = key_bytes // 2
    salt, check, body, tag = (
        packed[:salt_bytes],
        packed[salt_bytes : salt_bytes + 2],
        packed[salt_bytes + 2 : -10],
        packed[-10:],
    )
    derived = hashlib.pbkdf2_hmac("sha1", password, salt, 1000, 2 * key_bytes + 2)
    if derived[-2:] != check or hmac.new(derived[key_bytes : 2 * key_bytes], body, "sha1").digest()[:10] != tag:
        return None
    stream = b"".join(_counter_stream(derived[:key_bytes], len(body)))
    return (int.from_bytes(body, "little") ^ int.from_bytes(stream[: len(body)], "little")).to_bytes(
        len(body), "little"
    )


def _counter_stream(key: bytes, length: int) -> Iterator[bytes]:
    """The key stream: AES over a little-endian counter from one, which no library mode has."""
    cipher = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305 - the format's own mode, used to read
    for first in range(1, length // 16 + 2, 65536):
        last = min(first + 65536, length // 16 + 2)
        yield cipher.update(b"".join(number.to_bytes(16, "little") for number in range(first, last)))
