# ruff: noqa: E501 - byte recipes stand on one line each, as in the formats they lie about
"""PDF files that every viewer reads and whose words stand elsewhere, under other names or under an empty password."""

import hashlib
import random
import struct
import zlib

from tests.evasion.marker import PAYLOAD

FLAT = zlib.compress(PAYLOAD)
OCTAL = b"".join(b"\\%03o" % byte for byte in PAYLOAD)
PAGES = b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>"
_PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def _file(parts: list[bytes], head: bytes = b"%PDF-1.7\n", trailer: bytes = b"") -> bytes:
    out, places = bytearray(head), []
    for number, part in enumerate(parts, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + part + b"\nendobj\n"
    at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(parts) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (len(parts) + 1, trailer, at)
    return bytes(out)


def _root(script: bytes) -> bytes:
    return b"<</Type/Catalog/Pages 2 0 R/OpenAction<</S/JavaScript" + script + b">>>>"


def _stream(words: bytes, body: bytes, *more: bytes, keyword: bytes = b"stream\n") -> bytes:
    """A script in a stream."""
    stream = b"<<" + words + b"/Length %d>>\n" % len(body) + keyword + body + b"\nendstream"
    return _file([_root(b"/JS 4 0 R"), *PAGES, stream, *more])


def _string(script: bytes, *more: bytes) -> bytes:
    return _file([_root(script), *PAGES, *more])


def _rows(kind: int, width: int) -> bytes:
    """PNG's predictors Average and Paeth."""
    out, above = b"", bytes(width)
    for at in range(0, len(PAYLOAD), width):
        row = PAYLOAD[at : at + width].ljust(width, b" ")
        told = bytearray()
        for index in range(width):
            left, corner = (row[index - 1], above[index - 1]) if index else (0, 0)
            up = above[index]
            nearest = min((left, up, corner), key=lambda one: abs(left + up - corner - one))
            told.append((row[index] - ((left + up) // 2 if kind == 3 else nearest)) & 255)
        out, above = out + bytes([kind]) + bytes(told), row
    return out


def _differences(width: int, step: int, mark: bytes) -> bytes:
    rows = (PAYLOAD[at : at + width].ljust(width, b" ") for at in range(0, len(PAYLOAD), width))
    return b"".join(
        mark + bytes((row[index] - (row[index - step] if index >= step else 0)) & 255 for index in range(width))
        for row in rows
    )


def _lzw(data: bytes, early: int) -> bytes:
    table = {bytes([value]): value for value in range(256)}
    bits, width, word, following = format(256, "09b"), 9, b"", 258
    for byte in data:
        longer = word + bytes([byte])
        if longer in table:
            word = longer
            continue
        bits += format(table[word], f"0{width}b")
        table[longer], following, word = following, following + 1, bytes([byte])
        width += following + early > 1 << width and width < 12
    bits += format(table[word], f"0{width}b")
    width += following + 1 + early > 1 << width and width < 12
    bits += format(257, f"0{width}b")
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _rc4(key: bytes, data: bytes) -> bytes:
    box, other = list(range(256)), 0
    for index in range(256):
        other = (other + box[index] + key[index % len(key)]) & 255
        box[index], box[other] = box[other], box[index]
    one = two = 0
    out = bytearray()
    for byte in data:
        one = (one + 1) & 255
        two = (two + box[one]) & 255
        box[one], box[two] = box[two], box[one]
        out.append(byte ^ box[(box[one] + box[two]) & 255])
    return bytes(out)


def _owned(*, as_string: bool) -> bytes:
    """Encrypted under an owner's password alone: viewers open it without asking."""
    told, name = struct.pack("<i", -4), b"0123456789abcdef"
    owner = _rc4(hashlib.md5(b"owner".ljust(32, b"\0")).digest()[:5], _PAD)
    key = hashlib.md5(_PAD + owner + told + name).digest()[:5]

    def shut(number: int, body: bytes) -> bytes:
        return _rc4(hashlib.md5(key + struct.pack("<I", number)[:3] + b"\0\0").digest()[:10], body)

    script = b"<" + shut(1, PAYLOAD).hex().encode() + b">" if as_string else b" 4 0 R"
    body = shut(4, FLAT)
    stream = b"<</Filter/FlateDecode/Length %d>>\nstream\n" % len(body) + body + b"\nendstream"
    lock = b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (owner.hex().encode(), _rc4(key, _PAD).hex().encode())
    trailer = b"/Encrypt 5 0 R/ID[<%s><%s>]" % (name.hex().encode(), name.hex().encode())
    return _file([_root(b"/JS" + script), *PAGES, stream, lock], trailer=trailer)


def _with_end_inside() -> bytes:
    first = zlib.compressobj(0)
    rest = zlib.compressobj(9, zlib.DEFLATED, -15)
    begun = first.compress(b"//\nendstream\nendobj\n") + first.flush(zlib.Z_FULL_FLUSH)
    return begun + rest.compress(PAYLOAD) + rest.flush()


def lies() -> dict[str, bytes]:
    """What hides a script of a PDF from whoever only looks for the usual words."""
    filler = bytes(random.Random(3).choices(b"abcdefghijklmnop /*", k=3000))
    objects = b"1 0 2 10 (nothing) (" + OCTAL + b")"
    return {
        "filter elsewhere": _stream(b"/Filter 5 0 R", FLAT, b"/FlateDecode"),
        "filter elsewhere, in an array": _stream(b"/Filter[5 0 R]", FLAT, b"/FlateDecode"),
        "filter nowhere": _stream(b"/Filter 9 0 R", FLAT),
        "filter nowhere, no flate": _stream(b"/Filter 9 0 R", PAYLOAD.hex().encode()),
        "comment in front of the filter": _stream(b"/Filter%x\n/FlateDecode", FLAT),
        "comment in the array of filters": _stream(b"/Filter[%]\n/FlateDecode]", FLAT),
        "end of the stream inside it": _stream(b"/Filter/FlateDecode", _with_end_inside()),
        "end of the stream inside its hex": _stream(b"/Filter/ASCIIHexDecode", b"2f2f0a endstream " + PAYLOAD.hex().encode() + b">"),
        "long dictionary": _stream(b"/Filter/FlateDecode" + b" " * 6000, FLAT),
        "object word in the dictionary": _stream(b"/Filter/FlateDecode/X(1 0 obj)", FLAT),
        "called a picture": _stream(b"/Subtype/Image/Width 1/Height 1/Filter/FlateDecode", FLAT),
        "blanks behind the stream's word": _stream(b"/Filter/FlateDecode", FLAT, keyword=b"stream  \r\n"),
        "predictor average": _stream(b"/Filter/FlateDecode/DecodeParms<</Predictor 13/Columns 40>>", zlib.compress(_rows(3, 40))),
        "predictor Paeth": _stream(b"/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 40>>", zlib.compress(_rows(4, 40))),
        "predictor elsewhere": _stream(b"/Filter/FlateDecode/DecodeParms 5 0 R", zlib.compress(_rows(4, 40)), b"<</Predictor 15/Columns 40>>"),
        "predictor of TIFF": _stream(b"/Filter/FlateDecode/DecodeParms<</Predictor 2/Columns 40>>", zlib.compress(_differences(40, 1, b""))),
        "predictor of three colors": _stream(b"/Filter/FlateDecode/DecodeParms<</Predictor 11/Colors 3/Columns 13>>", zlib.compress(_differences(39, 3, b"\1"))),
        "predictor in front of hex": _stream(
            b"/Filter[/FlateDecode/ASCIIHexDecode]/DecodeParms[<</Predictor 12/Columns 8>>null]",
            zlib.compress(b"".join(b"\0" + PAYLOAD.hex().encode()[at : at + 8] for at in range(0, 2 * len(PAYLOAD), 8)))),
        "LZW": _stream(b"/Filter/LZWDecode", _lzw(filler + PAYLOAD, 1)),
        "LZW, late": _stream(b"/Filter/LZWDecode/DecodeParms<</EarlyChange 0>>", _lzw(filler + PAYLOAD, 0)),
        "head of PostScript": _stream(b"/Filter/FlateDecode", FLAT).replace(b"%PDF-1.7", b"%!PS-Adobe-3.0 PDF-1.4"),
        "file of forms": _stream(b"/Filter/FlateDecode", FLAT).replace(b"%PDF-1.7", b"%FDF-1.2"),
        "key escaped": _string(b"/J#53 (" + OCTAL + b")"),
        "comment behind the key": _string(b"/JS%x\n(" + OCTAL + b")"),
        "string elsewhere": _string(b"/JS 4 0 R", b"(" + OCTAL + b")"),
        "string elsewhere, in hex": _string(b"/JS 4 0 R", b"<" + PAYLOAD.hex().encode() + b">"),
        "string in a stream of objects": _stream(b"/Type/ObjStm/N 2/First 9/Filter/FlateDecode", zlib.compress(objects)),
        "string of five million bytes": _string(b"/JS(/*" + b"x" * 5_000_000 + b"*/" + OCTAL + b")"),
        "owner's password, script in a stream": _owned(as_string=False),
        "owner's password, script in a string": _owned(as_string=True),
        "owner's password, key escaped": _owned(as_string=True).replace(b"/Encrypt", b"/#45ncrypt"),
    }  # fmt: skip
