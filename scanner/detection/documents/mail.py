"""Mail: every part of every message, whichever boundary a reader would believe, decoded as declared and as it looks."""

import binascii
import email.header
import quopri
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from scanner.detection.documents.coded import base64_readings
from scanner.detection.documents.mail_codings import coded_files
from scanner.detection.sniff import ends_lines_in_cr
from scanner.detection.unpack.names import clean, decoded
from scanner.detection.unpack.part import Opening
from scanner.domain.coverage import Reason

MOST_HEAD = 4 * 1024 * 1024  # bytes of one head
MOST_VALUE = 1024 * 1024  # bytes of one header that tells how a part is coded, and 64 KiB of any other
_HEADER = re.compile(rb"^([!-9;-~]{1,80})[ \t]*:[ \t]*((?:[^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*))", re.M)
_PARAMETER = re.compile(r";\s*([\w.*-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^;\s]*))")
_PAIR = re.compile(r"\\(.)")
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n|\r\r")
_ENVELOPE = re.compile(rb"^From [^\r\n]*\d{4}[^\r\n]*\r?\n(?=[!-9;-~]+:)", re.M)
_MARKED = re.compile(rb"^--([^\s-][^\r\n]{0,200}?)(?:--)?[ \t]*\r?$\n?(?=[A-Za-z][\w-]{1,60}:)", re.M | re.I)


_SHOWN = ("subject", "from", "to", "cc", "reply-to")
_CODING = frozenset({"content-type", "content-transfer-encoding", "content-disposition"})
_READ = _CODING.union(_SHOWN)
_MESSAGES = ("message/rfc822", "message/global", "message/news", "message/partial")


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a message or part: all headers in order, and where the body starts."""

    headers: tuple[tuple[str, str], ...]
    body: int
    cut: bool = False  # whether it goes on behind what was read of it

    def all(self, name: str) -> list[str]:
        """Every value of a header: two of them make two readers disagree."""
        return [value for key, value in self.headers if key == name]

    def parameters(self, name: str) -> dict[str, str]:
        """The parameters of all values of a header, extended and continued ones put together."""
        found: dict[str, str] = {}
        for value in self.all(name):
            for key, quoted, plain in _PARAMETER.findall(value):
                stem = key.lower().split("*", 1)[0]
                word = _PAIR.sub(r"\1", quoted) or plain
                if key.endswith("*"):
                    word = decoded(unquote_to_bytes(word.rsplit("'", 1)[-1]))
                found[stem] = found.get(stem, "") + word if "*" in key else word
        return found


def read_mail(opening: Opening) -> None:
    """A message, or each of a mailbox."""
    data = opening.data
    if ends_lines_in_cr(data):
        lines = re.sub(rb"\r(?!\n)", b"\n", data)
        opening.member("(lines)", lines, "mail-lines", declared="message/rfc822")
        return
    begins = [match.end() for match in _ENVELOPE.finditer(data)]
    if len(begins) < 2:
        _entity(opening, begins[0] if begins else 3 * data.startswith(b"\xef\xbb\xbf"), len(data), "", 0)
        return
    for number, (start, stop) in enumerate(zip(begins, [*begins[1:], len(data)], strict=True), 1):
        opening.budget.member()
        _entity(opening, start, stop, f"(message {number})", 0)
        opening.cover(start, stop)


def read_head(data: bytes, start: int, stop: int) -> Head:
    """The head that begins at `start`."""
    blank = _BLANK.search(data, start, min(stop, start + MOST_HEAD))
    if data[start : start + 1] in (b"\r", b"\n"):
        return Head((), start + (2 if data[start : start + 2] == b"\r\n" else 1))
    end, body = (blank.start() + 1, blank.end()) if blank else (min(stop, start + MOST_HEAD), stop)
    headers = tuple(
        (word, re.sub(r"\r?\n[ \t]+", " ", decoded_value(value, MOST_VALUE if word in _CODING else 64 * 1024)))
        for key, value in _HEADER.findall(data[start:end])
        if (word := key.decode("ascii", "replace").lower()) in _READ
    )
    return Head(headers, body, blank is None and stop > end)


def decoded_value(raw: bytes, most: int = 64 * 1024) -> str:
    """A header value as text, its encoded words decoded."""
    text = clean_text(raw[:most])
    if "=?" not in text:
        return text
    try:
        pieces = email.header.decode_header(text)
        return "".join(
            piece if isinstance(piece, str) else piece.decode(charset or "utf-8", "replace")
            for piece, charset in pieces
        )
    except (ValueError, LookupError, binascii.Error, email.errors.HeaderParseError):
        return text


def clean_text(raw: bytes) -> str:
    """Header bytes as text."""
    try:
        return raw.decode("utf-8").replace("\0", "")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace").replace("\0", "")


def _entity(opening: Opening, start: int, stop: int, path: str, level: int) -> None:
    if level > opening.budget.limits.depth:
        opening.gap(Reason.OVER_DEPTH, f"more than {opening.budget.limits.depth} MIME levels", path)
        return
    head = read_head(opening.data, start, stop)
    if level == 0 or path.startswith("(message"):
        words = [f"{key}: {value}" for key, value in head.headers if key in _SHOWN]
        opening.text(f"{path}(head)", "\n".join(words), "mail-head")
    if head.cut:
        opening.gap(Reason.OVER_SIZE, f"a head of more than {MOST_HEAD} bytes", path)
    kind = (head.all("content-type") or ["text/plain"])[-1].lower()
    boundaries = _boundaries(opening, head, start, stop)
    if boundaries:
        _multipart(opening, head.body, stop, boundaries, path, level)
    if "multipart/encrypted" in kind or ("pkcs7-mime" in kind and "signed-data" not in kind):
        opening.gap(Reason.ENCRYPTED, "encrypted mail", path)
    elif kind.startswith((*_MESSAGES, "multipart/")) and not boundaries and (inner := _coded(opening, head, stop)):
        opening.cover(head.body, stop)
        for piece in inner:
            opening.budget.charge(len(piece))
            opening.member(f"{path}(message)", piece, "mail", declared="message/rfc822")
    elif kind.startswith(_MESSAGES) and not boundaries:
        _entity(opening, head.body, stop, f"{path}(message)", level + 1)
    elif not boundaries:
        _leaf(opening, head, head.body, stop, path)


def _coded(opening: Opening, head: Head, stop: int) -> list[bytes]:
    """What a message or a multipart is once its own coding is undone, which standards forbid and readers do."""
    pieces = _decoded(opening.data[head.body : stop], _coding(head))
    kind = (head.all("content-type") or [""])[-1]
    if kind.lower().startswith("multipart/"):
        return [b"Content-Type: " + kind.encode("utf-8", "replace") + b"\r\n\r\n" + piece for piece in pieces]
    return pieces


def _coding(head: Head) -> str:
    return " ".join(head.all("content-transfer-encoding")).strip().lower()


def _boundaries(opening: Opening, head: Head, start: int, stop: int) -> list[bytes]:
    """Every boundary that some header names; without a usable one, what looks like one in the body."""
    named: list[bytes] = []
    for value in head.all("content-type"):
        named += [
            (quoted or plain).encode("utf-8", "replace")
            for key, quoted, plain in _PARAMETER.findall(value)
            if key.lower().rstrip("*0") == "boundary" and (quoted or plain)
        ]
    whole = head.parameters("content-type").get("boundary", "")
    distinct = list(dict.fromkeys(named + ([whole.encode("utf-8", "replace")] if whole else [])))
    if len(distinct) > 1:
        opening.disagree("a mail names more than one boundary")
    body = opening.data[head.body : stop]
    if any(b"--" + one in body for one in distinct):
        return [one for one in distinct if b"--" + one in body]
    is_multipart = any("multipart/" in value.lower() for value in head.all("content-type"))
    if not (is_multipart or distinct):
        return []
    seen = list(dict.fromkeys(match.group(1).strip() for match in _MARKED.finditer(opening.data, head.body, stop)))
    if seen:
        opening.disagree("a mail's parts are not divided by the boundary that it names")
    elif is_multipart and body.strip():
        opening.note("a multipart mail has no parts")
    return seen[:4]


def _multipart(opening: Opening, start: int, stop: int, boundaries: list[bytes], path: str, level: int) -> None:
    """Split at every boundary line. The bytes in front and behind stay uncovered and are looked at as leftovers."""
    marks = b"|".join(re.escape(one) for one in boundaries)
    lines = re.compile(rb"(?:^|(?<=\n)|(?<=\r))--(?:" + marks + rb")(--)?[^\r\n]*(?:\r\n|\n|\r|\Z)")
    found = list(lines.finditer(opening.data, start, stop))
    for number, match in enumerate(found):
        opening.cover(match.start(), match.end())
        end = found[number + 1].start() if number + 1 < len(found) else stop
        if match.group(1) and number + 1 == len(found):
            break  # what follows the last mark is not a part
        opening.budget.member()
        inner = f"{path}(part {number + 1})"
        opening.cover(match.end(), end)
        _entity(opening, match.end(), end, inner, level + 1)


def _leaf(opening: Opening, head: Head, start: int, stop: int, path: str) -> None:
    opening.cover(start, stop)
    body = opening.data[start:stop]
    name = _file_name(opening, head) or path or "(body)"
    declared = (head.all("content-type") or [""])[-1]
    plain = _decoded(body, _coding(head))
    if "utf-7" in head.parameters("content-type").get("charset", "").lower():
        plain = [piece.decode("utf-7", "replace").encode("utf-8", "replace") for piece in plain or [body]]
    for number, piece in enumerate(plain, 1):
        opening.budget.charge(len(piece))
        opening.member(name if number == 1 else f"{name}({number})", piece, "mail", declared=declared)
        coded_files(opening, piece, name)
    if not plain:
        opening.member(name, body, "mail", offset=start, declared=declared)
        coded_files(opening, body, name)


def _decoded(body: bytes, coding: str) -> list[bytes]:
    if "base64" in coding:
        return base64_readings(body)
    if "quoted-printable" in coding:
        return [quopri.decodestring(body)]
    return []


def _file_name(opening: Opening, head: Head) -> str:
    """The attachment's name; all that any header gives are looked at."""
    names = [
        head.parameters("content-disposition").get("filename", ""),
        head.parameters("content-type").get("name", ""),
    ]
    words = [clean(decoded_value(name.encode("utf-8", "replace"))) for name in names if name]
    for word in words:
        opening.name(word)
    return words[0] if words else ""
