"""Bytes that a YARA string matches, made from the string as written; and rules made at random."""

import base64
import random

from scanner.detection.engine.factors import STANDARD, unescaped
from scanner.detection.engine.patterns import Chain, Choice, Node, OneOf, Repeat, hex_tree, regex_tree
from scanner.detection.engine.syntax import StringText, SyntaxTroubleError, read_file

LONGEST_RUN = 12  # repeats beyond the least that are made


def bytes_of_string(text: StringText, dice: random.Random) -> bytes:
    """Bytes that the string matches (most of the time: anchors and word borders are not minded)."""
    if text.kind == "text":
        return _dressed(unescaped(text.body[1:-1]), text, dice)
    tree, nocase = (hex_tree(text.body), False) if text.kind == "hex" else regex_tree(text.body)
    body = bytes_of_tree(tree, dice)
    return _cased(body, dice) if nocase or text.has("nocase") else _wide(body, text, dice)


def bytes_of_tree(node: Node, dice: random.Random) -> bytes:
    """A random member of the tree's language, near its shortest."""
    match node:
        case OneOf(mask):
            return bytes((dice.choice([value for value in range(256) if mask >> value & 1]),))
        case Chain(parts):
            return b"".join(bytes_of_tree(part, dice) for part in parts)
        case Choice(parts):
            return bytes_of_tree(dice.choice(parts), dice)
        case Repeat(part, low, high):
            count = dice.randint(low, min(high, low + LONGEST_RUN))
            return b"".join(bytes_of_tree(part, dice) for _ in range(count))


def _dressed(word: bytes, text: StringText, dice: random.Random) -> bytes:
    if text.has("base64") or text.has("base64wide"):
        inner = _wide(word, text, dice)
        whole = base64.b64encode(dice.randbytes(dice.randint(0, 2)) + inner + dice.randbytes(dice.randint(0, 4)))
        alphabet = text.argument("base64") or text.argument("base64wide")
        if alphabet:
            whole = whole.translate(bytes.maketrans(STANDARD, unescaped(alphabet[1:-1])))
        wide = text.has("base64wide") and (not text.has("base64") or dice.random() < 0.5)
        return _widened(whole) if wide else whole
    if text.has("xor"):
        low, _, high = text.argument("xor").partition("-")
        key = dice.randint(int(low or "0", 0), int(high or low or "255", 0))
        return bytes(value ^ key for value in _wide(word, text, dice))
    return _wide(_cased(word, dice) if text.has("nocase") else word, text, dice)


def _wide(word: bytes, text: StringText, dice: random.Random) -> bytes:
    if text.has("wide") and (not text.has("ascii") or dice.random() < 0.5):
        return _widened(word)
    return word


def _widened(word: bytes) -> bytes:
    return b"".join(bytes((value, 0)) for value in word)


def _cased(word: bytes, dice: random.Random) -> bytes:
    return b"".join(dice.choice((bytes((v,)).lower(), bytes((v,)).upper())) for v in word)


def files_for(source: str, dice: random.Random, count: int) -> list[bytes]:
    """Files made of the strings of each rule: all of them, or some, between other bytes."""
    made: list[bytes] = []
    for rule in read_file(source).rules:
        strings = [string for string in rule.strings if _readable(string, dice)]
        for _ in range(count if strings else 0):
            some = strings if dice.random() < 0.5 else dice.sample(strings, dice.randint(1, len(strings)))
            parts = [bytes_of_string(string, dice) for string in some for _ in range(dice.randint(1, 3))]
            dice.shuffle(parts)
            made.append(_head(dice) + _filler(dice).join(parts) + dice.choice([b"", b"\n", b" tail"]))
    return made


def _readable(string: StringText, dice: random.Random) -> bool:
    try:
        return len(bytes_of_string(string, dice)) < 100_000
    except (SyntaxTroubleError, IndexError):
        return False


def _head(dice: random.Random) -> bytes:
    heads = (
        b"",
        b"MZ\x90\0",
        b"\x7fELF\x02\x01",
        b"<?php ",
        b"PK\x03\x04",
        b"%PDF-1.4\n",
        b"<%",
        b"\xff\xd8\xff\xe0",
        b"GIF89a",
    )
    return dice.choice(heads)


def _filler(dice: random.Random) -> bytes:
    return dice.choice([b"", b" ", b"\n", b"\0\0", b" and then ", b"A", b";", b"\xff", b"x" * 300])
