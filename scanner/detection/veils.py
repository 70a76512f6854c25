"""Patterns for `data:` where entities or backslashes stand for its letters."""

import re

from scanner.text.linear import linear

VEIL_HINT = re.compile(
    rb"&(?:#0*(?:100|97|116|58|68|65|84|9|10|13)\b|#x0*(?:64|61|74|3a|44|41|54|9|a|d)\b|colon|tab;|newline;)"
)


def _veiled(word: str) -> bytes:
    """A pattern for `word` with entities for letters, and the blanks that browsers drop, in any place."""
    blanks = r"(?:[\t\r\n]|&tab;|&newline;|&#x?0*(?:9|10|13|a|d);?)*"
    letters = [
        rf"(?:{letter}|&#0*(?:{ord(letter)}|{ord(letter.upper())});?|&#x0*(?:{ord(letter):x}|{ord(letter.upper()):x});?)"
        for letter in word
    ]
    return (blanks.join(letters) + blanks + r"(?::|&#0*58;?|&#x0*3a;?|&colon;)").encode()


def _escaped(word: str) -> bytes:
    """A pattern for lower-case `word` with escapes of scripts and style sheets for letters, one of them at least."""
    escapes = [_escape(letter) for letter in word]
    either = [f"(?:{re.escape(letter)}|{escape})" for letter, escape in zip(word, escapes, strict=True)]
    ways = (re.escape(word[:at]) + escapes[at] + "".join(either[at + 1 :]) for at in range(len(word)))
    return f"(?:{'|'.join(ways)})".encode()


def _escape(letter: str) -> str:
    codes = dict.fromkeys((f"{ord(letter):x}", f"{ord(letter.upper()):x}"))
    ways = (rf"x{code}|u00{code}|u\{{0{{0,4}}{code}\}}|0{{0,4}}{code}[ \t\n]?" for code in codes)
    return rf"\\(?:{'|'.join(ways)})"


VEILED = re.compile(_veiled("data"), re.I)
ESCAPED_PATTERN = _escaped("data:")
ESCAPED = linear(ESCAPED_PATTERN)  # asked of lower-case bytes
MAY_BE_VEILED = linear(b"(?i)" + VEILED.pattern)
# All but VEILED are asked of lower-case bytes.
