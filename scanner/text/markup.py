"""What a person reads of a page: tags stripped, hard breaks at block tags, and the attributes that are shown."""

import re

from selectolax.lexbor import LexborHTMLParser

from scanner.text.folding import BREAK
from scanner.text.places import NoPlaces, Places

_TAG = re.compile(r"<(?:/?[a-zA-Z][\w:-]*[\s>/]|!--|!DOCTYPE)", re.I)
_BLOCK = re.compile(
    r"<(?=/?(?:p|div|li|ul|ol|dl|dt|dd|td|th|tr|table|h[1-6]|br|hr|section|article|header|footer|nav|main|aside|form|"
    r"title|option|blockquote|pre|figure|figcaption|textarea|button|body|head|script|style)\b)",
    re.I,
)
_HEAD = 1 << 16


def looks_like_markup(text: str) -> bool:
    """Whether there are tags to strip."""
    return _TAG.search(text) is not None


def markup_text(text: str, places: Places) -> tuple[str, Places]:
    """The text without its tags, and its places."""
    tree = LexborHTMLParser(_BLOCK.sub(BREAK + "<", text))
    tree.strip_tags(["script", "style", "noscript"])
    root = tree.root
    return (root.text(deep=True, separator="") if root else ""), NoPlaces()
