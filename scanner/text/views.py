"""The views of a content that keyword rules see, each with a map back to the original bytes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

from scanner.domain.findings import Layer
from scanner.text.encodings import Reading, readings
from scanner.text.escapes import unescape
from scanner.text.folding import BREAK, Folded, fold, without_breaks
from scanner.text.markup import looks_like_markup, markup_text
from scanner.text.places import NoPlaces, Places
from scanner.text.plain import PlainText, plain_text
from scanner.text.strings import LEAST_RUN, is_binary_data, runs_only

_PLAIN_AT_ONCE = 1 << 17  # folded characters of a view that are made plain for patterns in one go
_CONTEXT = 16  # folded characters round a stretch that a pattern's borders may look at
TEXT_FAMILIES = frozenset({"text", "page", "script", "unknown"})
_DISGUISES = frozenset({"image", "font", "audio", "video"})  # a browser shows them as the page that they are declared


@dataclass(frozen=True)
class TextView:
    """One way to see a content. `serves` are the layers whose rules run on it (plain text is source and text alike).

    `left` says what of it was left as it is, "" if nothing; a content with anything left is not clean.
    """

    layer: Layer
    text: str
    places: Places = field(default_factory=NoPlaces)
    serves: frozenset[Layer] = frozenset()
    encoding: str = ""
    left: str = ""

    @property
    def layers(self) -> frozenset[Layer]:
        """Every layer whose rules run on this view."""
        return self.serves | {self.layer}

    @cached_property
    def folded(self) -> Folded:
        """The folded text, made once."""
        return fold(self.text)

    @cached_property
    def _plain(self) -> PlainText:
        return plain_text(self.folded, 0, len(self.folded.text))

    def plain(self, low: int, high: int) -> tuple[PlainText, int]:
        """What patterns see of folded characters `low` to `high`, with some context; and which one it begins with."""
        length = len(self.folded.text)
        if length <= _PLAIN_AT_ONCE:
            return self._plain, 0
        begin = max(0, low - _CONTEXT)
        return plain_text(self.folded, begin, min(high + _CONTEXT, length)), begin

    def span(self, start: int, end: int) -> tuple[int | None, int]:
        """Offset and length in the original bytes of text[start:end]; None where the view has no bytes."""
        return self.places.span(start, end)


def text_views(
    data: bytes, family: str, declared_charset: str = "", name: str = "", lanes: frozenset[str] = frozenset()
) -> tuple[tuple[TextView, ...], tuple[str, ...]]:
    """The views of a content's bytes, and what the coverage record should say of them.

    Every encoding in question is read. Families that hold no text give no view and say so, unless the content is to be
    seen as a page as well (`lanes`): a picture declared as one, or with the tags of one inside.
    """
    is_disguise = family in _DISGUISES and "page" in lanes
    if family not in TEXT_FAMILIES and not is_disguise:
        return (), (f"no text view of family {family}",)
    is_binary = (family == "unknown" or is_disguise) and is_binary_data(data)
    found, notes = readings(runs_only(data) if is_binary else data, declared_charset)
    if is_binary:
        found = tuple(replace(reading, text=reading.text.replace("\0", BREAK)) for reading in found)
        notes = (*notes, f"binary data: its runs of {LEAST_RUN} bytes and more were read as text")
    views = tuple(view for reading in found for view in _views_of(reading, family))
    return views, (*notes, *(view.left for view in views if view.left))


def _views_of(reading: Reading, family: str) -> Iterator[TextView]:
    is_markup = looks_like_markup(reading.text)
    text, places, left = unescape(reading.text, reading.places)
    if not is_markup:
        layer, other = (Layer.TEXT, Layer.SOURCE) if family == "text" else (Layer.SOURCE, Layer.TEXT)
        yield TextView(layer, text, places, frozenset({other}), reading.codec, left)
        return
    yield TextView(Layer.SOURCE, text, places, encoding=reading.codec, left=left)
    shown, shown_places, shown_left = unescape(*markup_text(reading.text, reading.places))
    yield TextView(Layer.TEXT, shown, shown_places, encoding=reading.codec, left=shown_left)


def plain_view(text: str, layer: Layer, serves: Iterable[Layer] = ()) -> TextView:
    """A view of text that came without bytes: a document's, an image's, a QR code's."""
    clean = without_breaks(text.encode("utf-8", "replace").decode("utf-8"))
    shown, _, left = unescape(clean, NoPlaces())
    return TextView(layer, shown, NoPlaces(), frozenset(serves), left=left)


def name_view(name: str, layer: Layer = Layer.NAME) -> TextView:
    """A view of an object's key or a member's name, percent escapes undone."""
    return plain_view(name, layer)
