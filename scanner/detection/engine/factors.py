"""The bytes that a string cannot match without, as a formula over literals.

A part that can only be few things is kept as the set of those things and multiplied with its neighbours; where the set
grows too large it becomes "one of these literals occurs", and a new set begins behind it.
"""

import base64
import string
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache

from scanner.detection.engine.formula import ALWAYS, Formula, Literal, Pattern, either, every
from scanner.detection.engine.patterns import Chain, Choice, Node, OneOf, Repeat, expression_of, hex_tree, regex_tree
from scanner.detection.engine.syntax import StringText, SyntaxTroubleError

MOST_WORDS = 24  # things a part may be, to be kept as a set
MOST_BYTES = 48  # length at which a set is closed
MOST_COPIES = 8  # of a repeated part, written out
_PLAIN = {"n": b"\n", "t": b"\t", "r": b"\r"}
Words = frozenset[bytes]
Dress = Callable[[Words], Formula]


def string_formula(text: StringText) -> Formula:
    """What must occur for the string to match; ALWAYS where nothing can be said."""
    try:
        if text.kind == "text":
            return _text_formula(text, unescaped(text.body[1:-1]))
        tree, nocase = (hex_tree(text.body), False) if text.kind == "hex" else regex_tree(text.body)
    except SyntaxTroubleError:
        return ALWAYS
    nocase = nocase or text.has("nocase")
    implied = tree_formula(tree, nocase=nocase, dress=_dress(text, nocase=nocase))
    return implied if text.has("wide") else Pattern(expression_of(tree), nocase, implied)


def tree_formula(tree: Node, *, nocase: bool, dress: Dress) -> Formula:
    """The formula of a tree; `dress` turns a closed set of words into literals."""
    closed: list[Formula] = []
    words = _Factors(nocase, dress, closed).walk(tree, frozenset({b""}))
    closed.append(dress(words))
    return every(closed)


@lru_cache(maxsize=4_096)
def _single_bytes(mask: int, *, nocase: bool) -> Words | None:
    """The single bytes of a set, lower case where case is ignored; None where there are too many."""
    if mask.bit_count() > 2 * MOST_WORDS:
        return None
    values = (value for value in range(256) if mask >> value & 1)
    found = {bytes((value,)).lower() if nocase else bytes((value,)) for value in values}
    return frozenset(found) if len(found) <= MOST_WORDS else None


class _Factors:
    """One walk over a tree. `closed` collects what must occur besides the words still open."""

    def __init__(self, nocase: bool, dress: Dress, closed: list[Formula]) -> None:
        self.nocase, self.dress, self.closed = nocase, dress, closed

    def walk(self, node: Node, words: Words) -> Words:
        """The open words after `node`, those before it being `words`."""
        match node:
            case OneOf(mask):
                return self._joined(words, _single_bytes(mask, nocase=self.nocase))
            case Chain(parts):
                for part in parts:
                    words = self.walk(part, words)
                return words
            case Choice(parts):
                return self._choice(parts, words)
            case Repeat(part, low, high):
                return self._repeat(part, low, high, words)

    def _joined(self, words: Words, more: Words | None) -> Words:
        """The words with one of `more` behind each; closes them where that would be too many or too long."""
        if more is None:
            return self._cut(words)
        if len(words) * len(more) > MOST_WORDS or max(map(len, words)) >= MOST_BYTES:
            self._cut(words)
            return more
        return frozenset(one + other for one in words for other in more)

    def _cut(self, words: Words) -> Words:
        """Close the open words: one of them occurs, whatever comes after."""
        self.closed.append(self.dress(words))
        return frozenset({b""})

    def _choice(self, parts: tuple[Node, ...], words: Words) -> Words:
        finite = self._finite(Choice(parts))
        if finite is not None:
            return self._joined(words, finite)
        self._cut(words)
        self.closed.append(either(tree_formula(part, nocase=self.nocase, dress=self.dress) for part in parts))
        return frozenset({b""})

    def _repeat(self, part: Node, low: int, high: int, words: Words) -> Words:
        finite = self._finite(Repeat(part, low, high))
        if finite is not None:
            return self._joined(words, finite)
        for _ in range(min(low, MOST_COPIES)):
            words = self.walk(part, words)
        return words if low == high <= MOST_COPIES else self._cut(words)

    def _finite(self, node: Node) -> Words | None:
        """Everything the node can be, where that is little."""
        match node:
            case OneOf(mask):
                return _single_bytes(mask, nocase=self.nocase)
            case Chain(parts):
                return self._product(parts)
            case Choice(parts):
                return self._union(parts)
            case Repeat(part, low, high):
                if high > MOST_COPIES:
                    return frozenset({b""}) if high == 0 else None
                return self._union(tuple(Chain((part,) * count) for count in range(low, high + 1)))

    def _product(self, parts: Iterable[Node]) -> Words | None:
        words: Words = frozenset({b""})
        for part in parts:
            more = self._finite(part)
            if more is None or len(words) * len(more) > MOST_WORDS:
                return None
            words = frozenset(one + other for one in words for other in more)
        return words if all(len(word) <= MOST_BYTES for word in words) else None

    def _union(self, parts: Iterable[Node]) -> Words | None:
        words: set[bytes] = set()
        for part in parts:
            more = self._finite(part)
            if more is None:
                return None
            words |= more
        return frozenset(words) if len(words) <= MOST_WORDS else None


def _dress(text: StringText, *, nocase: bool) -> Dress:
    """Words as literals, in each width that the string is looked for in."""
    widths = _widths(text)

    def dressed(words: Words) -> Formula:
        if b"" in words:
            return ALWAYS
        return either(Literal(width(word), nocase) for width in widths for word in sorted(words))

    return dressed


def _widths(text: StringText) -> list[Callable[[bytes], bytes]]:
    wide, ascii_too = text.has("wide"), text.has("ascii") or not text.has("wide")
    return [*([bytes] if ascii_too else []), *([widened] if wide else [])]


def widened(word: bytes) -> bytes:
    """A zero byte behind every byte but the last, where it may be the end."""
    return b"\0".join(bytes((value,)) for value in word)


def unescaped(body: str) -> bytes:
    """The bytes of a text string as written between its quotes."""
    out, index = bytearray(), 0
    while index < len(body):
        char = body[index]
        if char != "\\":
            out += char.encode("utf-8")
            index += 1
            continue
        code = body[index + 1 : index + 2]
        if code == "x":
            out.append(int(body[index + 2 : index + 4], 16))
            index += 4
        else:
            out += _PLAIN.get(code, code.encode("utf-8"))
            index += 2
    return bytes(out)


def _text_formula(text: StringText, word: bytes) -> Formula:
    if not word:
        return ALWAYS
    if text.has("base64") or text.has("base64wide"):
        return _base64_formula(text, word)
    if text.has("xor"):
        return either(Literal(each) for each in _xored(text, word))
    nocase = text.has("nocase")
    return _dress(text, nocase=nocase)(frozenset({word.lower() if nocase else word}))


def _xored(text: StringText, word: bytes) -> Iterator[bytes]:
    low, high = _key_range(text.argument("xor"))
    for width in _widths(text):
        body = width(word)
        for key in range(low, high + 1):
            yield bytes(value ^ key for value in body)


def _key_range(written: str) -> tuple[int, int]:
    if not written:
        return 0, 255
    first, _, last = written.partition("-")
    low = int(first, 0)
    return low, int(last, 0) if last else low


def _base64_formula(text: StringText, word: bytes) -> Formula:
    """Three alignments; the characters that neighbours have a say in are left out."""
    found: list[Formula] = []
    for modifier, width in (("base64", bytes), ("base64wide", widened)):
        if not text.has(modifier):
            continue
        alphabet = text.argument(modifier)
        letters = unescaped(alphabet[1:-1]) if alphabet else STANDARD
        if len(letters) != 64:
            return ALWAYS
        for inner in _widths(text):
            found += [Literal(width(each)) for each in _encodings(inner(word), letters)]
    return either(found) if all(isinstance(each, Literal) and each.text for each in found) else ALWAYS


STANDARD = (string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/").encode()


def _encodings(word: bytes, letters: bytes) -> Iterator[bytes]:
    table = bytes.maketrans(STANDARD, letters)
    for before in range(3):
        whole = base64.b64encode(b"\0" * before + word)
        first = -(-before * 8 // 6)
        last = (before + len(word)) * 8 // 6
        yield whole[first:last].translate(table)
