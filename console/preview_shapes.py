"""Shapes in which evidence may be looked at: text, hex, and pages from which everything that acts was taken."""

import html
from html.parser import HTMLParser

TEXT_BYTES = 256 * 1024
HEX_BYTES = 4 * 1024
PAGE_BYTES = 1024 * 1024
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


def decoded(content: bytes) -> str:
    """Bytes as text: UTF-8, else GB 18030, else Latin-1."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue  # the next one; the last takes any bytes
    return content.decode("latin-1")


def text_view(content: bytes, at: int, length: int) -> str:
    """Text as escaped markup around the hit, which is marked; bounded to TEXT_BYTES."""
    start = max(0, at - TEXT_BYTES // 2) if at > TEXT_BYTES // 2 else 0
    window = content[start : start + TEXT_BYTES]
    if at < start or length <= 0 or at - start >= len(window):
        return f"<pre>{_cut(start)}{html.escape(decoded(window))}</pre>"
    inside = at - start
    parts = (window[:inside], window[inside : inside + length], window[inside + length :])
    before, hit, after = (html.escape(decoded(part)) for part in parts)
    return f'<pre>{_cut(start)}{before}<mark id="hit">{hit}</mark>{after}</pre>'


def hex_view(content: bytes, at: int) -> str:
    """Lines of offset, hex and letters from the 16-byte line of `at` on."""
    start = min(max(0, at), len(content)) // 16 * 16
    lines = []
    for offset in range(start, min(start + HEX_BYTES, len(content)), 16):
        row = content[offset : offset + 16]
        letters = "".join(chr(byte) if 32 <= byte < 127 else "·" for byte in row)
        lines.append(f"{offset:08x}  {row.hex(' '):<47}  {html.escape(letters)}")
    return "<pre>" + "\n".join(lines) + "</pre>"


def page_view(content: bytes) -> str:
    """A page as its reader sees it, without attributes, scripts, styles and anything that loads or sends."""
    made = _Safe()
    made.feed(decoded(content[:PAGE_BYTES]))
    made.close()
    return "".join(made.out)


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


def _cut(start: int) -> str:
    return f"… {start} B …\n" if start else ""
