"""The type of bytes, from a look at their head and a quick search for what else they could be taken for."""

import re
from dataclasses import dataclass

from scanner.detection.heads import FONTS, by_place, confirmed, has_packed_texts, is_image, is_old_tar
from scanner.detection.images import FEWEST_BYTES, is_readable, reads_codes, worth_opening
from scanner.detection.magics import BY_EXTENSION, BY_FIRST, UNREAD_TYPES, declared_families
from scanner.detection.marks import Marks, marks_of, plainly
from scanner.detection.tells import CODED, ESCAPES, FILED, HALT, LIVE, PAGE_TAGS, PHAR
from scanner.detection.veils import ESCAPED, MAY_BE_VEILED, VEIL_HINT
from scanner.domain.coverage import Gap, Reason
from scanner.domain.limits import Limits
from scanner.text.linear import linear

HEAD = 1024
TEXTS = "text in pictures"
MOST_WIDE = 32 * 1024 * 1024  # bytes of a page in UTF-16 that are searched for parts in another coding
TAR_MAGIC = slice(257, 262)
_TEXT_BYTES = bytes({7, 8, 9, 10, 12, 13, 27} | set(range(0x20, 0x100)) - {0x7F})
_PAGE = re.compile(
    rb"\s*(?:<!--.{0,400}?-->\s*)?<(?:!doctype\s+html|html|head|body|title|meta|link|style|div|table|p\b|a\s|iframe|form|"
    rb"h[1-6]\b|center|font|img|script)",
    re.I | re.S,
)
_XML = re.compile(rb"\s*(?:<\?xml\b|<!doctype\b|<svg\b|<rss\b|<feed\b)", re.I)
_SVG = re.compile(rb"<svg\b", re.I)
_SCRIPT_HEAD = re.compile(
    rb"\s*(?:#!|<\?(?:php|=|\s)|<%|<cfm|@echo\s+off|param\s*\(|import\s+\w|from\s+\w+\s+import|<jsp:)", re.I
)
_MAIL = re.compile(
    rb"(?:\s*\n)?(?:(?:From \S+@?\S* +\w{3} \w{3})|(?:(?:Received|Return-Path|Delivered-To|From|To|Subject|Date|"
    rb"Message-ID|MIME-Version|Content-[\w-]+|X-[\w-]+|Reply-To|Cc|DKIM-Signature)[ \t]*:"
    rb"[^\n]*\n(?:[ \t][^\n]*\n)*){2,})",
    re.I,
)
_MIME_LINE = re.compile(
    rb"^(?:MIME-Version|Content-Type|Content-Transfer-Encoding|Message-ID|Received|From)[ \t]*:", re.I | re.M
)
_HEADERS = re.compile(rb"(?:\d{1,10}[ \t]*\r?\n)?(?:[!-9;-~]{1,76}[ \t]*:[^\n]*\n(?:[ \t][^\n]*\n)*)+")
_MIME_SURE = re.compile(
    rb"^(?:MIME-Version[ \t]*:|Content-Transfer-Encoding[ \t]*:|Content-Type[ \t]*:\s*(?:multipart|message)/)",
    re.I | re.M,
)
_NOTEBOOK = re.compile(rb'\s*\{.{0,2000}?"(?:cells|nbformat)"\s*:', re.S)
PLAIN_NAMES = frozenset({"txt", "md", "rst", "csv", "tsv", "log", "srt", "vtt", "po", "pot"})
_WRITTEN = frozenset({"page", "script", "text"})
_NEEDS = frozenset({"archive", "document"})
_BINARY = UNREAD_TYPES | {
    "application/vnd.microsoft.portable-executable",
    "application/x-arj",
    "application/x-bzip2",
    "application/x-shockwave-flash",
    "application/x-git",
    "application/x-inno-head",
    "application/x-pbzx",
}
_SHORT_MAGICS = {"image/bmp", "audio/mpeg", "application/x-cpio", "application/x-lzma"}
_TABLES = {"application/vnd.apache.orc", "application/vnd.apache.parquet"}
_SECOND_LOOK = FONTS | _SHORT_MAGICS | _TABLES | {"application/vnd.ms-cab-compressed"}
_ANY_CODED = linear(b"|".join(map(re.escape, CODED)))  # for want of one pass for all words
WIDE_URI = b"d\0a\0t\0a\0:"
_DATA_URI = re.compile(rb"data:[\w/+.;=%\s-]{0,100},")


@dataclass(frozen=True, slots=True)
class Sniffed:
    """`media_type` for people, `family` for policy, `lanes` for rules. `sure` if a signature or structure said so."""

    media_type: str
    family: str
    lanes: frozenset[str]
    sure: bool


def sniff(data: bytes, name: str = "", declared: str = "") -> Sniffed:
    """The type of `data`. `lanes` hold every family that the bytes, `name`'s extension or `declared` suggest."""
    media, family, sure = _by_content(data)
    extension = extension_of(name)
    suggested = BY_EXTENSION.get(extension, frozenset()) | (declared_families(declared) if declared else frozenset())
    lanes = {family} | suggested | _lanes_inside(data, family, extension)
    if not sure and family == "unknown" and suggested:
        family = min(suggested, key=_ORDER.index)
    return Sniffed(media, family, frozenset(lanes), sure)


_ORDER = ("archive", "document", "script", "page", "native", "image", "font", "audio", "video", "text", "unknown")


def extension_of(name: str) -> str:
    """The last extension of `name`, lower case, without its dot; "" if there is none."""
    tail = name.rsplit("/", 1)[-1]
    return tail.rsplit(".", 1)[1].lower().rstrip(" .") if "." in tail else ""


def needs_parser(sniffed: Sniffed, data: bytes) -> bool:
    """Whether anything in `data` has to be opened: containers, documents, encoded parts, or a polyglot's other half."""
    if sniffed.family in _NEEDS or not sniffed.lanes.isdisjoint(_NEEDS):
        return True
    if sniffed.family == "image" and worth_opening(data, sniffed.media_type):
        return True
    if sniffed.media_type == "image/png" and has_packed_texts(data):
        return True
    marks = marks_of(data)
    if is_image(data) or (marks.has(PHAR) if marks.at_once else HALT in data):
        return True
    return bool(marks.signatures) or (is_written(sniffed) and _has_coded_parts(marks))


def is_written(sniffed: Sniffed) -> bool:
    """Whether somebody would read it as text or as a page: whatever it begins with if it is declared or named one."""
    return sniffed.family in _WRITTEN or ("page" in sniffed.lanes and sniffed.family not in _NEEDS)


def not_judged_of(family: str, texts: bool = False, media_type: str = "") -> tuple[str, ...]:
    """What nothing here judges about a content of that family: a declared limit, named on the verdict.

    `texts` tells whether text in pictures is read, `media_type` whether such a picture can be opened at all.
    """
    if family == "image":
        if not reads_codes() or (media_type and not is_readable(media_type)):
            return ("pixels",)
        return () if texts else (TEXTS,)
    return {"audio": ("sound",), "video": ("sound", "moving pictures")}.get(family, ())


def unlooked(sniffed: Sniffed, data: bytes, limits: Limits, path: str = "") -> tuple[Gap, ...]:
    """The gap of a picture that was to be compared or read, and is of a format or size that nothing opens."""
    asked = limits.picture_hashes or limits.picture_texts
    if not asked or sniffed.family != "image" or len(data) < FEWEST_BYTES or worth_opening(data, sniffed.media_type):
        return ()
    if is_readable(sniffed.media_type):
        return (Gap(Reason.OVER_SIZE, path, f"picture not looked into: {len(data)} bytes"),)
    return (Gap(Reason.UNSUPPORTED_FORMAT, path, f"picture not looked into: {sniffed.media_type}"),)


def has_coded_parts(data: bytes) -> bool:
    """Whether a page or script carries parts in another coding: data: URIs, a page in an attribute, however veiled."""
    return _has_coded_parts(marks_of(data))


def _has_coded_parts(marks: Marks) -> bool:
    if is_wide(marks.data):
        if len(marks.data) > MOST_WIDE and marks.low.find(WIDE_URI, MOST_WIDE) >= 0:
            return True
        marks = plainly(marks.low[:MOST_WIDE].replace(b"\0", b""))
    if b"\\" in marks.data and (not marks.at_once or marks.any(ESCAPES)) and ESCAPED.search(marks.low) is not None:
        return True
    is_coded = marks.any(CODED) if marks.at_once else _ANY_CODED.search(marks.low) is not None
    if not is_coded and b"&" not in marks.data:
        return False
    low = marks.low
    if is_coded and (marks.any(FILED) or (marks.has(b"data:") and (_DATA_URI.search(low) or b"base64" in low))):
        return True
    hinted = marks.has(b";base64,") or VEIL_HINT.search(low) is not None
    return hinted and MAY_BE_VEILED.search(low) is not None


def is_wide(data: bytes) -> bool:
    """Whether text is in UTF-16, by its mark or its zero bytes."""
    return data[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in data[:HEAD]


def _by_content(data: bytes) -> tuple[str, str, bool]:
    if not data:
        return "application/x-empty", "text", True
    if data[-512:-508] == b"koly":
        return "application/x-apple-diskimage", "archive", True
    for prefix, media, family in BY_FIRST.get(data[0], ()):
        if data.startswith(prefix):
            return _refine(data, media, family)
    return _by_structure(data)


def _refine(data: bytes, media: str, family: str) -> tuple[str, str, bool]:
    """Second looks where a short signature is shared or a container has a better name."""
    if media == "application/zip":
        return _zip_kind(data)
    if media == "application/postscript" and b"PDF-" in data[:64]:
        return "application/pdf", family, True
    if family == "text":
        return _by_text(data)
    if media in _SECOND_LOOK and len(data) > 8:
        return (media, family, True) if confirmed(data, media) else _by_structure(data)
    if media == "application/gzip" and (len(data) < 4 or data[2] > 8 or (data[2] < 8 and data[3] & 0xE0)):
        return _by_structure(data)
    if media in _BINARY:
        return (media, family, True) if b"\x00" in data[:64] or not _looks_text(data) else _by_text(data)
    return media, family, True


def _zip_kind(data: bytes) -> tuple[str, str, bool]:
    head = data[:4096]
    if b"[Content_Types].xml" in head or b"word/" in head or b"xl/" in head or b"ppt/" in head:
        return "application/vnd.openxmlformats-officedocument", "document", True
    if head[30:38] == b"mimetype":
        kind = head[38:120].split(b"PK", 1)[0]
        return kind.decode("ascii", "replace").strip("\0 \r\n"), "document", True
    if b"META-INF/" in head:
        return "application/java-archive", "archive", True
    return "application/zip", "archive", True


def _by_structure(data: bytes) -> tuple[str, str, bool]:
    if data[TAR_MAGIC] == b"ustar" or is_old_tar(data):
        return "application/x-tar", "archive", True
    if (placed := by_place(data)) is not None:
        return *placed, True
    if b"%PDF-" in data[:HEAD]:
        return "application/pdf", "document", True
    if _looks_text(data):
        return _by_text(data)
    return "application/octet-stream", "unknown", False


def _looks_text(data: bytes) -> bool:
    head = data[:HEAD]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return True
    odd = head.translate(None, _TEXT_BYTES)
    return not odd or (not odd.strip(b"\0") and _is_wide(head))


def _is_wide(head: bytes) -> bool:
    """UTF-16 without a mark: every other byte mostly NUL."""
    half = len(head) // 2
    return half >= 2 and head.count(0) < 1.5 * half and max(head[::2].count(0), head[1::2].count(0)) > half * 0.6


def _by_text(data: bytes) -> tuple[str, str, bool]:
    head = data[: 4 * HEAD].removeprefix(b"\xef\xbb\xbf")
    if b"\0" in head[:HEAD] or head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.replace(b"\0", b"").lstrip(b"\xff\xfe")
    if ends_lines_in_cr(head):
        head = head.replace(b"\r", b"\n")
    if _SCRIPT_HEAD.match(head) and not head.lstrip()[:5].lower().startswith(b"<?xml"):
        return "text/x-script", "script", True
    if _XML.match(head):
        if _SVG.search(head):
            return "image/svg+xml", "page", True
        return ("text/html", "page", True) if b"<html" in head.lower() else ("text/xml", "page", True)
    if _PAGE.match(head):
        return "text/html", "page", True
    if (_MAIL.match(head) and _MIME_LINE.search(head)) or _is_mime(head):
        return "message/rfc822", "document", True
    if _NOTEBOOK.match(head):
        return "application/x-ipynb+json", "document", True
    return "text/plain", "text", not data[:1].isspace()


def _is_mime(head: bytes) -> bool:
    """Whether text begins with headers, whatever they are, among which MIME's own stand, or a count in front."""
    if b":" not in head[:90]:
        return False
    headers = _HEADERS.match(head)
    return headers is not None and _MIME_SURE.search(headers.group()) is not None


def ends_lines_in_cr(head: bytes) -> bool:
    """Whether the first line ends in a bare carriage return."""
    at = head.find(b"\r")
    return at >= 0 and head[at + 1 : at + 2] != b"\n" and b"\n" not in head[:at]


def _lanes_inside(data: bytes, family: str, extension: str) -> frozenset[str]:
    """Families that markers inside the bytes suggest: a script in a picture, a page in a script."""
    lanes, marks = set(), marks_of(data)
    if marks.any(LIVE):
        lanes.add("script")
        if marks.any(PAGE_TAGS):
            lanes.add("page")
    elif family == "text" and extension not in PLAIN_NAMES:
        lanes.add("script")
    if family in ("page", "script"):
        lanes.add("text")
    if family == "document" and data[:2] == b"PK":
        lanes.add("archive")
    return frozenset(lanes)
