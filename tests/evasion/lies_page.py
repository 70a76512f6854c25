# ruff: noqa: E501 - byte recipes stand on one line each, as in the formats they lie about
"""Pages, scripts and XML that a browser or an office suite reads, whose data: URIs and files are written otherwise."""

import base64

from tests.evasion import packers
from tests.evasion.marker import PAYLOAD, Form

CODED = base64.b64encode(PAYLOAD)
LINES = base64.encodebytes(PAYLOAD)
URI = b'<a href="data:text/html;base64,' + CODED + b'">x</a>'


def _page(body: bytes) -> bytes:
    return b"<html><body>" + body + b"</body></html>"


def _link(head: bytes) -> bytes:
    return _page(b"<a href='" + head + CODED + b"'>x</a>")


def _script(head: bytes, coded: bytes = CODED) -> bytes:
    return _page(b'<script>location="' + head + coded + b'"</script>')


def _xml(element: bytes, body: bytes) -> bytes:
    return (
        b'<?xml version="1.0"?><x:a xmlns:x="urn:x"><' + element + b' x:name="a">' + body + b"</" + element + b"></x:a>"
    )


def lies() -> dict[str, bytes]:
    """What a search for plain data: URIs walks past."""
    escaped = (
        PAYLOAD.replace(b" ", b"&#32;")
        .replace(b"<", b"&lt;")
        .replace(b">", b"&gt;")
        .replace(b"A", b"&#65;")
        .replace(b"\n", b"&#10;")
    )
    entities = b'<!DOCTYPE svg [<!ENTITY a "data:text/html;bas"><!ENTITY b "&c;"><!ENTITY c "e64,' + CODED + b'">]>'
    svg = b'<?xml version="1.0"?>' + entities + b'<svg xmlns="http://www.w3.org/2000/svg"><a href="&a;&b;">x</a></svg>'
    laughs = b"".join(b'<!ENTITY a%d "%s">' % (number, b"&a%d;" % (number - 1) * 10) for number in range(1, 12))
    return {
        "data URI with blanks": _link(b"data: text/html ;base64,"),
        "data URI with an odd parameter": _link(b"data:text/html;a=@!b;base64,"),
        "data URI of no type": _link(b"data:!!;base64,"),
        "data URI in JSON": b'{"a":"data:text\\/html;base64,' + CODED.replace(b"/", b"\\/") + b'"}',
        "data URI over lines of a script": _script(b"data:text/html;base64,", b"\\\n".join(CODED[at : at + 50] for at in range(0, len(CODED), 50))),
        "data URI in hex escapes": _script(b"\\x64ata:text/html;base64,"),
        "data URI in unicode escapes": _script(b"d\\u0061ta:text/html;\\u0062ase64,"),
        "data URI in braced escapes": _script(b"dat\\u{61}\\u{3A}text/html;base64,"),
        "data URI in a style's escapes": _page(b'<style>a{background:url("\\64 ata:image/svg+xml;base64,' + CODED + b'")}</style>'),
        "data URI in UTF-16 behind hanzi": b"\xff\xfe" + ("汉" * 900 + _page(URI).decode()).encode("utf-16-le"),
        "page in srcdoc without quotes": _page(b"<iframe srcdoc=" + escaped + b"></iframe>"),
        "data URI in entities of its own": svg,
        "entities without end": svg.replace(b'<!ENTITY a "', b'<!ENTITY a0 "lol">' + laughs + b'<!ENTITY z "&a11;"><!ENTITY a "&z;'),
        "Word's XML": _xml(b"w:binData", LINES),
        "Office in one file": _xml(b"pkg:binaryData", LINES),
        "OpenDocument in one file": _xml(b"office:binary-data", LINES),
        "property list": _xml(b"data", LINES).replace(b' x:name="a"', b""),
        "form around a PDF": _xml(b"chunk", base64.encodebytes(packers.pdf(PAYLOAD))),
    }  # fmt: skip


def named() -> list[Form]:
    """Pages behind the first bytes of something else: a browser believes the declared type."""
    heads = {
        "gif": b"GIF89a/*\0\0",
        "sound": b"ID3\3\0\0\0\0\0\0",
        "font": b"OTTO\0",
        "program": b"\x7fELF" + bytes(60),
    }
    return [
        *(Form("page", f"page: behind a {name}'s head", head + _page(URI), "a.html", "text/html") for name, head in heads.items()),
        Form("page", "page: in JSON of a server", b'{"a":"data:text\\/html;base64,' + CODED.replace(b"/", b"\\/") + b'"}', "a.json", "application/json"),
    ]  # fmt: skip
