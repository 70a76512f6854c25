"""The plain Unix containers: ar (deb), cpio, rpm."""

from collections.abc import Callable
from dataclasses import dataclass

from scanner.detection.unpack.names import decoded
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import damaged
from scanner.domain.coverage import Reason


def read_ar(opening: Opening) -> None:
    """Members of an ar archive, GNU and BSD long names included."""
    data, at, long_names = opening.data, 8, b""
    opening.cover(0, 8)
    thin = data.startswith(b"!<thin>")
    while at + 60 <= len(data) and data[at + 58 : at + 60] == b"`\n":
        head, start = data[at : at + 60], at + 60
        digits = head[48:58].strip()
        size = int(digits) if digits.isdigit() else 0
        opening.cover(at, start)
        raw = head[:16].rstrip()
        stop = min(start + size, len(data))
        if start + size > len(data) and not thin:
            opening.gap(Reason.DAMAGED, "ar ends inside a member")
        if raw == b"//":
            long_names = data[start:stop]
            opening.cover(start, stop)
        elif raw not in (b"/", b"/SYM64/"):
            name, skip = _ar_name(raw, long_names, data[start : start + 256])
            opening.name(name)
            if not thin:
                opening.cover(start, start + skip)
                opening.slice(name, start + skip, stop, "ar")
        else:
            opening.cover(start, stop)
        at = start + size + (size & 1)
        opening.cover(stop, min(at, len(data)))
    if 0 < len(data) - at < 60 and data[at:].strip():
        opening.gap(Reason.DAMAGED, "ar ends inside a head")
    elif at < len(data):
        opening.disagree(f"ar members end at {at}, the file does not")


def _ar_name(raw: bytes, long_names: bytes, body: bytes) -> tuple[str, int]:
    if raw.startswith(b"#1/") and raw[3:].isdigit():
        length = int(raw[3:])
        return decoded(body[:length].rstrip(b"\0")) or "(nameless)", length
    if raw[:1] == b"/" and raw[1:].isdigit():
        return decoded(long_names[int(raw[1:]) :].split(b"\n", 1)[0].rstrip(b"/")) or "(nameless)", 0
    return decoded(raw.rstrip(b"/")) or "(nameless)", 0


@dataclass(frozen=True, slots=True)
class _Cpio:
    name_size: int
    size: int
    head: int  # bytes of the head
    pad: int  # what heads with names, and bodies, are padded to


def _new_ascii(data: bytes, at: int) -> _Cpio | None:
    digits = data[at + 6 : at + 110]
    try:
        return _Cpio(int(digits[88:96], 16), int(digits[48:56], 16), 110, 4)
    except ValueError:
        return None


def _old_ascii(data: bytes, at: int) -> _Cpio | None:
    digits = data[at : at + 76]
    try:
        return _Cpio(int(digits[59:65], 8), int(digits[65:76], 8), 76, 1)
    except ValueError:
        return None


def _binary(data: bytes, at: int) -> _Cpio | None:
    order = "little" if data[at] == 0xC7 else "big"
    words = [int.from_bytes(data[at + index : at + index + 2], order) for index in range(0, 26, 2)]  # type: ignore[arg-type]
    return _Cpio(words[10], words[11] << 16 | words[12], 26, 2) if len(data) >= at + 26 else None


_CPIO: dict[bytes, Callable[[bytes, int], _Cpio | None]] = {
    b"070701": _new_ascii,
    b"070702": _new_ascii,
    b"070707": _old_ascii,
    b"\xc7\x71": _binary,
    b"\x71\xc7": _binary,
}


def _cpio_head(data: bytes, at: int) -> _Cpio | None:
    for magic, parse in _CPIO.items():
        if data.startswith(magic, at):
            return parse(data, at)
    return None


def read_cpio(opening: Opening) -> None:
    """Members of one cpio archive after the other (an initramfs is a chain of them)."""
    data, at = opening.data, 0
    while (head := _cpio_head(data, at)) is not None:
        name_at = at + head.head
        start = at + -(-(head.head + head.name_size) // head.pad) * head.pad
        stop = start + head.size
        raw = data[name_at : name_at + head.name_size].rstrip(b"\0")
        opening.cover(at, min(start, len(data)))
        if raw != b"TRAILER!!!":
            name = decoded(raw) or f"(nameless at {at})"
            opening.name(name)
            if head.size:
                opening.slice(name, start, min(stop, len(data)), "cpio")
            if stop > len(data):
                opening.gap(Reason.DAMAGED, "cpio ends inside a member", name)
        at = start + -(-head.size // head.pad) * head.pad
        opening.cover(min(stop, len(data)), min(at, len(data)))
        if raw == b"TRAILER!!!":
            end = at
            while at < len(data) and data[at] == 0:
                at += 1
            opening.cover(end, at)
    if at == 0:
        raise damaged("cpio head")


def read_rpm(opening: Opening) -> None:
    """The payload behind an rpm's two headers; their texts are seen in the raw view."""
    data, at = opening.data, 96
    for number in range(2):
        if data[at : at + 3] != b"\x8e\xad\xe8":
            raise damaged("rpm header")
        entries, size = int.from_bytes(data[at + 8 : at + 12], "big"), int.from_bytes(data[at + 12 : at + 16], "big")
        at += 16 + 16 * entries + size
        at = -(-at // 8) * 8 if number == 0 else at
    if at >= len(data):
        raise damaged("rpm ends before its payload")
    opening.cover(0, at)
    opening.slice("(payload)", at, len(data), "rpm")
