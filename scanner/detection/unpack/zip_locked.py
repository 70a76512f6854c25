"""Encrypted zip members, tried with every candidate password."""

import zlib

from scanner.detection.unpack.decoders import Ended, bunzipped, deflated
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import TroubleError
from scanner.detection.unpack.zip_crypt import SLOW_MOST, aes_decrypt, aes_parts, stream_decrypt, stream_opens
from scanner.detection.unpack.zip_format import Entry
from scanner.domain.coverage import Reason


def open_locked(opening: Opening, entry: Entry, local: Entry, name: str) -> None:
    """The member under the first password that fits; else a gap by its name."""
    packed = opening.data[local.start : local.start + (entry.packed or local.packed)]
    for password in opening.passwords.candidates():
        opening.budget.tick()
        plain = _try(opening, packed, entry, local, password.encode())
        if plain is not None:
            opening.note(f"opened with a trial password: {name}")
            opening.member(name, plain, "zip-decrypted")
            return
    opening.gap(Reason.ENCRYPTED, "no password known", name)


def _try(opening: Opening, packed: bytes, entry: Entry, local: Entry, password: bytes) -> bytes | None:
    aes = aes_parts(entry) or aes_parts(local)
    if aes is not None:
        plain = aes_decrypt(packed, aes[0], password)
        return None if plain is None else _inflate(opening, plain, aes[1])
    if len(packed) > SLOW_MOST or not stream_opens(packed, entry, _time_byte(opening.data, local), password):
        return None
    out = _inflate(opening, stream_decrypt(packed, password)[12:], entry.method)
    return out if out is not None and zlib.crc32(out) in (entry.crc, local.crc) else None


def _time_byte(data: bytes, local: Entry) -> int:
    """The check byte of members whose check sum comes late: the high byte of the header's time."""
    return data[local.at + 11] if local.at + 11 < len(data) else -1


def _inflate(opening: Opening, plain: bytes, method: int) -> bytes | None:
    if method == 0:
        return plain
    if method not in (8, 12):
        raise TroubleError(Reason.UNSUPPORTED_FORMAT, f"zip method {method} under encryption")
    chunks = deflated(plain, 0, Ended(-1)) if method == 8 else bunzipped(plain, 0, Ended(-1))
    out, trouble = opening.budget.gather(chunks)
    return out if trouble is None else None
