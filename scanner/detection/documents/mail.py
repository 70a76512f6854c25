"""Mail: every part of every message, whichever boundary a reader would believe, decoded as declared and as it looks."""

import binascii
import email.header
import quopri
import re
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from scanner.detection.documents.coded import base64_decoded
from scanner.detection.sniff import ends_lines_in_cr
from scanner.detection.unpack.names import clean, decoded
from scanner.detection.unpack.part import Opening
from scanner.domain.coverage import Reason

MOST_HEAD = 256 * 1024  # bytes of one head
_HEADER = re.compile(rb"^([!-9;-~]{1,80})[ \t]*:[ \t]*((?:[^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*))", re.M)
_PARAMETER = re.compile(r";\s*([\w.*-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^;\s]*))")
_BLANK = re.compile(rb"\r?\n[ \t]*\r?\n|\r\r")
_ENVELOPE = re.compile(rb"^From [^\r\n]*\d{4}[^\r\n]*\r?\n(?=[!-9;-~]+:)", re.M)
_GUESSED = re.compile(rb"\A[\s]*(?:[A-Za-z0-9+/]{40,}[ \t]*\r?\n)+[A-Za-z0-9+/=]*\s*\Z")
_UU = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]*)\r?\n((?:[ -`][^\r\n]*\r?\n)*)`?\r?\n?end", re.M)
_MARKED = re.compile(rb"^--([^\s-][^\r\n]{0,200}?)(?:--)?[ \t]*\r?$\n?(?=Content-)", re.M | re.I)


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a message or part: all headers in order, and where the body starts."""

    headers: tuple[tuple[str, str], ...]
    body: int

    def all(self, name: str) -> list[str]:
        """Every value of a header: two of them make two readers disagree."""
        return [value for key, value in self.headers if key == name]

    def parameters(self, name: str) -> dict[str, str]:
        """The parameters of all values of a header, extended and continued ones put together."""
        found: dict[str, str] = {}
        for value in self.all(name):
            for key, quoted, plain in _PARAMETER.findall(value):
                stem = key.lower().split("*", 1)[0]
                word = quoted or plain
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
        _entity(opening, begins[0] if begins else 0, len(data), "", 0)
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
        (key.decode("ascii", "replace").lower(), re.sub(r"\r?\n[ \t]+", " ", decoded_value(value)))
        for key, value in _HEADER.findall(data, start, end)
    )
    return Head(headers, body)


def decoded_value(raw: bytes) -> str:
    """A header value as text, its encoded words decoded."""
    text = clean_text(raw)
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
    """Up to 64 KiB of header bytes as text."""
    raw = raw[: 64 * 1024]
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
        words = [f"{key}: {value}" for key, value in head.headers if key in ("subject", "from", "to", "cc", "reply-to")]
        opening.text(f"{path}(head)", "\n".join(words), "mail-head")
    kind = (head.all("content-type") or ["text/plain"])[-1].lower()
    boundaries = _boundaries(opening, head, start, stop)
    if boundaries:
        _multipart(opening, head.body, stop, boundaries, path, level)
    if "multipart/encrypted" in kind or ("pkcs7-mime" in kind and "signed-data" not in kind):
        opening.gap(Reason.ENCRYPTED, "encrypted mail", path)
    elif kind.startswith("message/rfc822") and not boundaries:
        _entity(opening, head.body, stop, f"{path}(message)", level + 1)
    elif not boundaries:
        _leaf(opening, head, head.body, stop, path)


def _boundaries(opening: Opening, head: Head, start: int, stop: int) -> list[bytes]:
    """Every boundary that some header names; without a usable one, what looks like one in the body."""
    named: list[bytes] = []
    for value in head.all("content-type"):
        named += [
            (quoted or plain).encode("utf-8", "replace")
            for key, quoted, plain in _PARAMETER.findall(value)
            if key.lower().rstrip("*0") == "boundary" and (quoted or plain)
        ]
    distinct = list(dict.fromkeys(named))
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
    coding = " ".join(head.all("content-transfer-encoding")).strip().lower()
    plain = _decoded(body, coding)
    for number, piece in enumerate(plain, 1):
        opening.budget.charge(len(piece))
        opening.member(name if number == 1 else f"{name}({number})", piece, "mail", declared=declared)
    if not plain:
        opening.member(name, body, "mail", offset=start, declared=declared)
        _guesses(opening, body, name)


def _decoded(body: bytes, coding: str) -> list[bytes]:
    if "base64" in coding:
        return base64_decoded(body)
    if "quoted-printable" in coding:
        return [quopri.decodestring(body)]
    return []


def _guesses(opening: Opening, body: bytes, name: str) -> None:
    """Bytes that are coded although no header says so: a base64 block, uuencoded files."""
    if len(body) >= 64 and _GUESSED.match(body):
        for piece in base64_decoded(body):
            opening.budget.charge(len(piece))
            opening.member(f"{name}(base64)", piece, "mail-guess")
    for match in _UU.finditer(body):
        word = decoded(match.group(1))
        opening.name(word)
        lines = [_uu_line(line) for line in match.group(2).splitlines()]
        out = b"".join(line for line in lines if line is not None)
        opening.budget.charge(len(out))
        opening.member(word or "(uuencoded)", out, "uuencode")
        if unread := lines.count(None):
            opening.gap(Reason.DAMAGED, f"uuencode: {unread} of {len(lines)} lines cannot be decoded", word)


def _uu_line(line: bytes) -> bytes | None:
    """What a line stands for, None where it is no uuencoded line."""
    try:
        return binascii.a2b_uu(line)
    except binascii.Error:
        length = ((line[0] - 32) & 63) * 4 // 3 + 5  # some writers pad lines with junk
        try:
            return binascii.a2b_uu(line[:length])
        except binascii.Error:
            return None


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
