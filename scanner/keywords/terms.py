"""Terms: how a pack writes them, and all the writings that count as the same term."""

from dataclasses import dataclass

import yaml

from scanner.keywords import documents
from scanner.keywords.documents import Place
from scanner.keywords.values import Term
from scanner.text.folding import fold_text
from scanner.text.sounds import is_hanzi, sound_forms, spelling
from scanner.text.splits import split_forms

MAX_TERM_CHARS = 100
_KEYS = ("t", "weight", "word", "sound", "exact")
MIN_SOUND = 3  # hanzi of a term that may be found by sound
MIN_SPELLED = 6  # letters of a spelling that may stand for a term


@dataclass(frozen=True, slots=True)
class Forms:
    """The writings of one term: `plain` in folded text (first the term itself), `spelled` in letters, `sounds`."""

    plain: tuple[str, ...]
    spelled: str = ""
    sounds: tuple[str, ...] = ()


def read_term(place: Place, node: yaml.Node, phrase: str = "", *, sound: bool = False) -> Term:
    """The term a node says: text, or `{t: text, weight: 3, sound: true}`. `sound` is the rule's default."""
    if phrase or isinstance(node, yaml.ScalarNode):
        return _term(place, node, phrase or documents.text(place, node), {}, sound)
    keys = documents.mapping(place, node, _KEYS)
    if "t" not in keys:
        raise place.refuse(node, "a term without text", "write {t: the text}")
    return _term(place, node, documents.text(place, keys["t"]), keys, sound)


def _term(place: Place, node: yaml.Node, text: str, keys: dict[str, yaml.Node], by_default: bool) -> Term:
    here = place.of(repr(text))
    folded = fold_text(text)
    if not folded:
        raise here.refuse(node, "the term folds to nothing", "write letters, digits or hanzi; marks are dropped")
    if len(text) > MAX_TERM_CHARS:
        raise place.refuse(node, f"a term of {len(text)} characters; the limit is {MAX_TERM_CHARS}", "shorten it")
    exact = "exact" in keys and documents.flag(here.of("exact"), keys["exact"])
    can_sound = len(folded) >= MIN_SOUND and all(map(is_hanzi, folded)) and not exact
    sound = documents.flag(here.of("sound"), keys["sound"]) if "sound" in keys else by_default and can_sound
    if sound and not can_sound:
        raise here.refuse(node, "sound needs three hanzi or more", "remove sound, or write a longer term")
    word = documents.flag(here.of("word"), keys["word"]) if "word" in keys else True
    return Term(
        text=text,
        weight=documents.number(here.of("weight"), keys["weight"], 1_000.0) if "weight" in keys else 1.0,
        left=word and is_letter(folded[0]),
        right=word and is_letter(folded[-1]),
        sound=sound,
        exact=exact,
    )


def is_letter(char: str) -> bool:
    """An ASCII letter or digit: what `word` looks for beside a hit."""
    return char.isascii() and char.isalnum()


def forms_of(term: Term, *, splits: bool = True) -> Forms:
    """All writings of the term; those with split characters only if asked for."""
    folded = fold_text(term.text)
    if term.exact or not any(map(is_hanzi, folded)):
        return Forms((folded,))
    parted = split_forms(folded) if splits and len(folded) >= 2 else ()
    if not term.sound:
        return Forms((folded, *parted))
    letters = spelling(folded)
    return Forms((folded, *parted), letters if len(letters) >= MIN_SPELLED else "", sound_forms(folded))
