"""RTF: the text a person reads, objects that stand in it as hex, and text that is hidden in destinations."""

import re

from scanner.detection.documents.coded import hex_decoded
from scanner.detection.documents.packages import read_package
from scanner.detection.unpack.part import Opening

_TOKEN = re.compile(rb"\\(?:'([0-9a-fA-F]{2})|([a-zA-Z]{1,32})(-?\d{1,10})?[ ]?|([^a-zA-Z]))|([{}])|([^\\{}]+)")
_SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet listtable listoverridetable rsidtbl generator xmlnstbl themedata colorschememapping "
    b"latentstyles datastore pict objdata".split()
)
_BREAKS = frozenset({b"par", b"line", b"cell", b"row", b"page", b"sect"})
_OBJECT = re.compile(rb"\\(?:objdata|result|datastore|themedata|bin\d+)\b")
_CODEPAGES = {b"936": "gbk", b"950": "big5", b"932": "cp932", b"949": "cp949", b"1251": "cp1251", b"65001": "utf-8"}
_CODEPAGE = re.compile(rb"\\ansicpg(\d{1,5})")


def read_rtf(opening: Opening) -> None:
    """Text and objects. Links come as text (`HYPERLINK` fields stay in)."""
    data = opening.data
    page = _CODEPAGE.search(data)
    charset = _CODEPAGES.get(page.group(1), "cp1252") if page else "cp1252"
    opening.text("(text)", rtf_text(data, charset), "document-text")
    for number, match in enumerate(re.finditer(rb"\\objdata(?![a-zA-Z])(\d*)", data), 1):
        opening.budget.member()
        starts = dict.fromkeys((match.start(1), match.end()))
        for raw in dict.fromkeys(hex_decoded(rest) for at in starts for rest in _group_rest(data, at)):
            if raw:
                opening.budget.charge(len(raw))
                opening.member(f"(object {number})", raw, "rtf-object")
                read_package(opening, raw, f"(object {number}, content)")
    for match in re.finditer(rb"\\bin(\d{1,9}) ", data):
        opening.member(f"(bin at {match.start()})", data[match.end() : match.end() + int(match.group(1))], "rtf-bin")


def _group_rest(data: bytes, at: int) -> tuple[bytes, bytes]:
    """The bytes up to the end of the group that `at` is in, control words left out: with what inner groups hold,
    and without it, since readers differ.
    """
    depth = 0
    everything: list[bytes] = []
    outermost: list[bytes] = []
    for match in _TOKEN.finditer(data, at):
        if match.group(5) == b"{":
            depth += 1
        elif match.group(5) == b"}":
            if depth == 0:
                break
            depth -= 1
        elif match.group(6) is not None:
            everything.append(match.group(6))
            if depth == 0:
                outermost.append(match.group(6))
    return b"".join(everything), b"".join(outermost)


def rtf_text(data: bytes, charset: str) -> str:
    """The text of all groups but tables, pictures and object bytes; `\\uN` and `\\'hh` undone."""
    out: list[str] = []
    held = bytearray()
    depth, skipped_from, skip_next = 0, 0, 0
    for match in _TOKEN.finditer(data):
        code, word, number, symbol, brace, plain = match.groups()
        if brace:
            depth += 1 if brace == b"{" else -1
            skipped_from = 0 if depth < skipped_from else skipped_from
        elif skipped_from:
            continue
        elif word in _SKIPPED:
            skipped_from = depth
        elif code or plain:
            raw = bytes([int(code, 16)]) if code else plain.replace(b"\r", b"").replace(b"\n", b"")
            held += raw[skip_next:] if skip_next <= len(raw) else b""
            skip_next = max(skip_next - len(raw), 0)
        elif word == b"u" and number:
            _flush(out, held, charset)
            out.append(chr(int(number) & 0xFFFF))
            skip_next = 1
        elif word in _BREAKS or symbol in (b"\n", b"\r"):
            held += b"\n"
        elif word == b"tab" or symbol == b"~":
            held += b" "
        elif symbol in (b"\\", b"{", b"}"):
            held += symbol
    _flush(out, held, charset)
    return "".join(out)


def _flush(out: list[str], held: bytearray, charset: str) -> None:
    out.append(held.decode(charset, "replace"))
    held.clear()
