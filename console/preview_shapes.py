"""Shapes in which evidence may be looked at: text, hex, and pages from which everything that acts was taken."""

import codecs
import html
from html.parser import HTMLParser
from itertools import pairwise

TEXT_BYTES = 256 * 1024
HEX_BYTES = 4 * 1024
PAGE_BYTES = 1024 * 1024
LINE_BYTES = 4 * 1024  # as far as a cut looks for the end of a line
MARKS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}
IMAGES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
KEPT_TAGS = frozenset(
    [
        "p",
        "br",
        "hr",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "b",
        "i",
        "u",
        "em",
        "strong",
        "small",
        "pre",
        "code",
        "blockquote",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "div",
        "span",
        "center",
        "table",
        "thead",
        "tbody",
        "tr",
        "td",
        "th",
        "caption",
    ]
)
VOID_TAGS = frozenset({"br", "hr"})
MUTE_TAGS = frozenset({"script", "style", "template", "noscript", "iframe", "object", "svg", "math", "title"})
NAMED = {"a": "href", "img": "src", "form": "action", "input": "type", "button": "type", "iframe": "src"}


def image_type(content: bytes) -> str:
    """The picture's type by its first bytes; "" for what is no picture that we show."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in IMAGES.items() if content.startswith(magic)), "")


def encoding_of(content: bytes, start: int, end: int) -> str:
    """What the bytes from `start` to `end` are text in: UTF-16 by the content's mark, UTF-8, GB 18030, else Latin-1.

    An end before the content's own may cut through a letter.
    """
    if marked := MARKS.get(content[:2]):
        return marked
    for encoding in ("utf-8", "gb18030"):
        try:
            codecs.getincrementaldecoder(encoding)().decode(content[start:end], final=end >= len(content))
        except UnicodeDecodeError:
            continue  # the next one; the last takes any bytes
        return encoding
    return "latin-1"


def decoded(content: bytes, most: int = PAGE_BYTES) -> str:
    """The first bytes as text; a letter that the cut goes through is shown as a replacement."""
    return content[:most].decode(encoding_of(content, 0, most), "replace")


def text_view(content: bytes, at: int, length: int) -> str:
    """Text as escaped markup around the hit, which is marked; bounded to TEXT_BYTES, and what is left out is told."""
    start = _line_behind(content, at - TEXT_BYTES // 2) if at < len(content) else 0
    window = content[start : start + TEXT_BYTES]
    encoding, inside = encoding_of(content, start, start + len(window)), at - start
    is_shown = 0 <= inside < len(window) and length > 0
    stops = (0, inside, inside + length, len(window)) if is_shown else (0, len(window), len(window), len(window))
    before, hit, after = (
        html.escape(window[first:last].decode(encoding, "replace")) for first, last in pairwise(stops)
    )
    marked = f'<mark id="hit">{hit}</mark>' if is_shown else ""
    return f"<pre>{_cut(start)}{before}{marked}{after}{_end(len(content) - start - len(window))}</pre>"


def hex_view(content: bytes, at: int) -> str:
    """Lines of offset, hex and letters from the 16-byte line of `at` on; how much stands behind them is told."""
    start = min(max(0, at), len(content)) // 16 * 16
    end = min(start + HEX_BYTES, len(content))
    lines = []
    for offset in range(start, end, 16):
        row = content[offset : offset + 16]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in row)
        lines.append(f"{offset:08x}  {row.hex(' '):<47}  {html.escape(letters)}")
    return "<pre>" + "\n".join(lines) + f"{_end(len(content) - end)}</pre>"


def page_view(content: bytes) -> str:
    """A page as its reader sees it, without attributes, scripts, styles and anything that loads or sends."""
    made = _Safe()
    made.feed(decoded(content))
    made.close()
    left = len(content) - PAGE_BYTES
    return "".join(made.out) + (f"<pre>{_end(left)}</pre>" if left > 0 else "")


class _Safe(HTMLParser):
    """Writes a page anew from a short list of tags, none with an attribute; addresses are printed as text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.mute: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep, name or drop."""
        named = NAMED.get(tag)
        if named:
            told = next((value or "" for name, value in attrs if name == named), "")
            self.out.append(f"<code>[{tag} {html.escape(told[:200])}]</code>")
        if tag in MUTE_TAGS:
            self.mute.append(tag)
        elif tag in KEPT_TAGS and not self.mute:
            self.out.append(f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        """Close what is kept."""
        if self.mute and tag == self.mute[-1]:
            self.mute.pop()
        elif tag in KEPT_TAGS and tag not in VOID_TAGS and not self.mute:
            self.out.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        """Text, escaped."""
        if not self.mute:
            self.out.append(html.escape(data))


def _line_behind(content: bytes, wanted: int) -> int:
    """Where a window begins: behind the next end of a line, so that it begins with a whole letter."""
    if wanted <= 0:
        return 0
    if content[:2] in MARKS:
        return wanted // 2 * 2
    found = content.find(b"\n", wanted, wanted + LINE_BYTES)
    return found + 1 if found >= 0 else _letter_at(content, wanted)


def _letter_at(content: bytes, wanted: int) -> int:
    """The first byte from `wanted` on that goes on with no letter of UTF-8; a letter has three such at most."""
    return next((at for at in range(wanted, min(wanted + 4, len(content))) if not 0x80 <= content[at] < 0xC0), wanted)


def _cut(start: int) -> str:
    return f"… {start} B …\n" if start else ""


def _end(left: int) -> str:
    return f"\n… {left} B …" if left > 0 else ""
