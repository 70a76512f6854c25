"""URLs of the hostile web: read strictly, written one way, so that what is checked is what is asked."""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote, urljoin

from scanner.errors import ContentError

MAX_URL = 8_192
PORTS = {"http": 80, "https": 443}
# What browsers refuse too: ports of other protocols, which a request smuggled into them could hurt.
BAD_PORTS = frozenset(
    {1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95, 101, 102, 103, 104}
    | {109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161, 179, 389, 427, 465, 512, 513, 514, 515}
    | {526, 530, 531, 532, 540, 548, 554, 556, 563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049}
    | {3659, 4045, 4190, 5060, 5061, 6000, 6379, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080, 11211}
)
_SPLIT = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#]*)(?P<path>[^?#]*)(?P<query>\?[^#]*)?(?:#.*)?", re.I | re.S
)
_BARRED = re.compile(r"[\x00-\x20\\\x7f]")
_BACK = "\\"
_SLOPPY = re.compile(r"[\t\n\r \\]")
_UNSEEN = str.maketrans("", "", "\t\n\r")
LONGEST_PLAIN = 4_000
_PLAIN_PATH = re.compile(r"/(?:[\w.~%-][\w/.~%-]*)?(?:\?[\w/.~%&=+,-]+)?", re.ASCII)
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_DOTS = str.maketrans({"。": ".", "．": ".", "｡": "."})
_SAFE = "/-_.~!$&'()*+,;=:@%|[]^{}\"`<>"


@dataclass(frozen=True, slots=True)
class Url:
    """An absolute http or https URL in one spelling. `host` is lower-case ASCII or an address without brackets."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        """Host and, where it is not the scheme's own, port."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def text(self) -> str:
        """The URL as it is asked for."""
        return f"{self.scheme}://{self.authority}{self.target}"

    @property
    def is_address(self) -> bool:
        """Whether the host is an address, which no resolver needs to be asked about."""
        return ":" in self.host or self.host.rsplit(".", 1)[-1].isdigit()


def read_url(text: str, base: Url | None = None) -> Url:
    """The URL that a text means, relative to `base` if there is one; ContentError says why it is none of ours."""
    if base is not None and len(text) < LONGEST_PLAIN and _PLAIN_PATH.fullmatch(text) and "/." not in text:
        return Url(base.scheme, base.host, base.port, text)  # most links are plain paths: no parser changes them
    joined = _joined(text.strip(), base)
    if len(joined) > MAX_URL:
        raise _no(f"is longer than {MAX_URL} characters", joined)
    if _BARRED.search(joined):
        raise _no("holds spaces, control letters or backslashes", joined)
    found = _SPLIT.fullmatch(joined)
    if found is None:
        raise _no("is no http or https URL", joined)
    scheme, authority = found["scheme"].lower(), found["authority"]
    if "@" in unicodedata.normalize("NFKC", authority):
        raise _no("carries a user name, which is there to mislead", joined)
    host, port = _authority(authority, scheme, joined)
    target = quote(found["path"] or "/", safe=_SAFE) + quote(found["query"] or "", safe=_SAFE + "?")
    return Url(scheme, host, port, target)


def read_link(text: str, base: Url) -> Url:
    """The URL of a link or redirect as browsers read it, sloppily: tabs and line ends out, backslashes are slashes."""
    if _SLOPPY.search(text):
        path, mark, query = text.strip().translate(_UNSEEN).partition("?")
        text = f"{path.replace(_BACK, '/')}{mark}{query.replace(_BACK, '%5C')}".replace(" ", "%20")
    return read_url(text, base)


def _joined(text: str, base: Url | None) -> str:
    """The text relative to `base`."""
    try:
        return urljoin(base.text, text) if base else text
    except ValueError as error:
        raise _no("has a host that is none", text) from error


@lru_cache(maxsize=16_384)
def read_host(text: str) -> str:
    """A host in one spelling: IDNA, full width folded, odd numbers written as the address they are."""
    folded = unicodedata.normalize("NFKC", text.translate(_DOTS)).lower().removesuffix(".")
    if folded.startswith("["):
        return _v6(folded, text)
    try:
        plain = folded if folded.isascii() else folded.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise _no("has a host that is no name", text) from error
    for spelling in (folded, plain):  # IDNA leaves characters out: what was no number may have become one
        if number := _v4(spelling, text):
            return number
    if len(plain) > 253 or not all(_LABEL.fullmatch(label) for label in plain.split(".")):
        raise _no("has a host that is no name", text)
    return plain


def _authority(authority: str, scheme: str, whole: str) -> tuple[str, int]:
    host, colon, port = authority.rpartition(":") if not authority.endswith("]") else (authority, "", "")
    if not colon:
        host, port = authority, ""
    host = read_host(host)
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise _no("has a port that is none", whole)
    number = int(port) if port else PORTS[scheme]
    if number in BAD_PORTS:
        raise _no(f"names port {number}, which belongs to another protocol", whole)
    return host, number


def _v6(folded: str, text: str) -> str:
    try:
        address = IPv6Address(folded.removeprefix("[").removesuffix("]"))
    except ValueError as error:
        raise _no("has a host that is no IPv6 address", text) from error
    if address.scope_id or not folded.endswith("]"):
        raise _no("has a host that names an interface", text)
    return address.compressed


def _v4(folded: str, text: str) -> str:
    """The dotted form of what C functions take for an address: decimal, octal, hexadecimal, one to four parts."""
    parts = folded.split(".")
    last = parts[-1]
    if not last or not (last.isdigit() or re.fullmatch(r"0x[0-9a-f]*", last)):
        return ""
    try:
        numbers = [_number(part) for part in parts]
    except ValueError as error:
        raise _no("has a host that is no address", text) from error
    *heads, tail = numbers
    if len(numbers) > 4 or any(head > 255 for head in heads) or tail >= 256 ** (5 - len(numbers)):
        raise _no("has a host that is no address", text)
    return str(IPv4Address(sum(head << (24 - 8 * place) for place, head in enumerate(heads)) + tail))


def _number(part: str) -> int:
    if not part.isascii():
        raise ValueError(part)
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    return int(part, 8) if part.startswith("0") and len(part) > 1 else int(part, 10)


def _no(what: str, text: str) -> ContentError:
    return ContentError(what, where=text[:200], mend="give an http or https URL with a public host")
