"""Reads a scorer's card: its keys, its limits, its weights, each refused with the key, the value and the mend."""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import yaml

from scanner.errors import RuleError
from scanner.keywords.scorer import STRETCH, Scorer
from scanner.keywords.scorer_features import FEATURES, MAX_BITS, MIN_BITS

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it: ten times faster
MAX_CARD = 4_000_000  # characters of a card
MAX_WINDOW = 8_192  # folded characters
_NUMBER = (int, float)
_KEYS: Mapping[str, tuple[type, ...]] = {
    "id": (str,),
    "clause": (str,),
    "features": (int,),
    "bits": (int,),
    "bias": _NUMBER,
    "scale": _NUMBER,
    "window": (int,),
    "stride": (int,),
    "shortest": (int,),
    "threshold": _NUMBER,
    "weights": (dict,),
}


def load_scorer(card_text: str, weights: bytes = b"") -> Scorer:
    """The scorer of a card. `weights` are its bytes where the card names only their digest.

    RuleError names the scorer, the key, the value and the mend.
    """
    return scorer_of(read_card(card_text), weights)


def scorer_of(card: Mapping[str, Any], weights: bytes = b"") -> Scorer:
    """The scorer of a card that `read_card` gave, as `load_scorer` says."""
    _check_limits(card)
    steps, scale = np.frombuffer(_weights_of(card, weights), np.int8), np.float32(card["scale"])
    return Scorer(
        id=card["id"],
        clause=card["clause"],
        bits=card["bits"],
        bias=float(card["bias"]),
        weights=steps.astype(np.float32) * scale,
        threshold=float(card["threshold"]),
        window=card["window"],
        stride=card["stride"],
        shortest=card["shortest"],
        steps=steps,
        scale=float(scale),
    )


def packed(weights: bytes) -> dict[str, str]:
    """Weights as a card holds them."""
    return {
        "sha256": hashlib.sha256(weights).hexdigest(),
        "zlib_base64": base64.b64encode(zlib.compress(weights, 9)).decode("ascii"),
    }


def _refuse(card: Mapping[str, Any], key: str, what: str, mend: str) -> RuleError:
    named = card.get("id", "?") if isinstance(card, Mapping) else "?"
    return RuleError(f"{key}: {what}", where=f"scorer {str(named)[:80]}", mend=mend)


def read_card(text: str) -> dict[str, Any]:
    """The card's keys and values, each of its kind; RuleError where it is no card."""
    if len(text) > MAX_CARD:
        raise _refuse({}, "card", f"{len(text):,} characters; the limit is {MAX_CARD:,}", "train with fewer bits")
    try:
        card = yaml.load(text, _LOADER)  # noqa: S506 - a safe loader either way
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        what = (str(problem).splitlines() or ["nested too deep"])[0]
        raise _refuse({}, "card", f"not YAML: {what}", "train it anew with scripts/train_scorer.py") from problem
    if not isinstance(card, dict):
        raise _refuse({}, "card", "no mapping", "write id, clause, bits, weights and the other keys")
    for key, kinds in _KEYS.items():
        value = card.get(key)
        if not isinstance(value, kinds) or isinstance(value, bool):
            shown = "missing" if value is None else f"{str(value)[:60]!r} is of the wrong kind"
            raise _refuse(card, key, shown, f"write {key} as scripts/train_scorer.py does")
    return card


def _check_limits(card: Mapping[str, Any]) -> None:
    limits = {
        "bits": (MIN_BITS, MAX_BITS),
        "window": (16, MAX_WINDOW),
        "stride": (1, card["window"]),
        "shortest": (1, card["window"]),
        "threshold": (0.0, 1.0),
    }
    for key, (least, most) in limits.items():
        if not least <= card[key] <= most:
            raise _refuse(
                card, key, f"{card[key]} is not between {least} and {most}", "train it anew, or correct the key"
            )
    if STRETCH % card["stride"]:
        raise _refuse(card, "stride", f"{card['stride']} does not divide {STRETCH}", "use a power of two")
    if card["features"] != FEATURES:
        what = f"version {card['features']}; this release computes version {FEATURES}"
        raise _refuse(card, "features", what, "train it anew with this release")


def _weights_of(card: Mapping[str, Any], given: bytes) -> bytes:
    """The weights' bytes, one a bucket, from the card or as given; their digest must be the card's."""
    told = card["weights"]
    size = 1 << int(card["bits"])
    body = given
    if "zlib_base64" in told:
        body = _unpacked(card, str(told["zlib_base64"]), size)
    if len(body) != size:
        what = f"{len(body):,} bytes where {card['bits']} bits need {size:,}"
        raise _refuse(card, "weights", what, "hand the weights over that belong to the card")
    if hashlib.sha256(body).hexdigest() != told.get("sha256"):
        raise _refuse(card, "weights", "sha256 is not the card's", "hand the weights over that belong to the card")
    return body


def _unpacked(card: Mapping[str, Any], text: str, size: int) -> bytes:
    """Bounded by `size`: one byte more is read to see that there is no more."""
    try:
        return zlib.decompressobj().decompress(base64.b64decode("".join(text.split()), validate=True), size + 1)
    except (binascii.Error, ValueError, zlib.error) as problem:
        raise _refuse(card, "weights", f"cannot be unpacked: {problem}", "train it anew") from problem
