"""PHP source as tokens: linear in the text, nothing nested, comments and blanks left out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

OPEN = re.compile(r"<\?(?:php(?![A-Za-z0-9_])|=)?|<script\s{1,8}language\s{0,4}=\s{0,4}[\"']?php[\"']?\s{0,4}>", re.I)
_TOKEN = re.compile(
    r"""
    (?>[ \t\r\n\f\v]+|/\*.*?(?:\*/|\Z)|(?://|\#(?!\[))[^\r\n?]*(?:\?(?!>)[^\r\n?]*)*)*+
    (?:
    (?P<word>\\?[A-Za-z_\x7f-\xff][A-Za-z0-9_\x7f-\xff\\]*)
   |(?P<var>\$[A-Za-z_\x7f-\xff][A-Za-z0-9_\x7f-\xff]*)
   |(?P<single>'[^'\\]*(?:\\.[^'\\]*)*(?:'|\Z))
   |(?P<double>"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z))
   |(?P<heredoc><<<[ \t]*(?P<quote>["']?)(?P<tag>[A-Za-z_]\w*)(?P=quote)\r?\n.*?(?:\n[ \t]*(?P=tag)\b|\Z))
   |(?P<number>0[xX][0-9a-fA-F]+|0[bB][01]+|\d+(?:\.\d+)?)
   |(?P<close>\?>|</script\s*>)
   |(?P<end>\Z)
   |(?P<op>\.=|=>|->|===?|!==?|::|\+\+|--|&&|\|\||<<|>>|[-+*/%&|^]=|.)
    )
    """,
    re.S | re.X,
)


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `kind`: word, var, single, double, heredoc, number, op, or page (what lies outside the code)."""

    kind: str
    text: str


def tokens(source: str, most: int) -> Iterator[Token]:
    """The tokens of a script, at most `most`; `source` holds one character a byte."""
    known: dict[str, Token] = {}  # equal texts are equal tokens, and most texts come again and again
    place, given = 0, 0
    while place < len(source) and given < most:
        opened = OPEN.search(source, place)
        end = opened.end() if opened else len(source)
        yield Token("page", source[place:end])
        place = end
        for match in _TOKEN.finditer(source, place):
            place = match.end()
            kind = match.lastgroup or "op"
            text = match[kind]
            if kind == "end":
                return
            if kind == "close":
                yield Token("page", ";" + text)
                break
            token = known.get(text)
            if token is None:
                token = known[text] = Token(kind, text)
            yield token
            given += 1
            if given >= most:
                return
