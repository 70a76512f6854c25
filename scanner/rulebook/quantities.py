"""Quantities and times as operators write them, each with its unit: `10 MB/s`, `250 millicores`, `20 min`."""

import math
import re

from scanner.domain.usage.resources import Resource, units

_QUANTITY = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>.*)")
_SECONDS = {"s": 1, "min": 60, "h": 3_600, "d": 86_400}


def quantity(text: str, resource: Resource) -> float:
    """The amount in the resource's canonical unit; ValueError says what is wrong and which units there are."""
    known = units(resource)
    found = _QUANTITY.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no quantity: write a number and one of {', '.join(known)}")
    unit = found["unit"].strip()
    if unit not in known:
        what = f"the unit {unit!r} is not one of {resource}" if unit else f"{text!r} has no unit"
        raise ValueError(f"{what}: use one of {', '.join(known)}")
    amount = float(found["number"]) * known[unit]
    if not 0 < amount < math.inf:
        raise ValueError(f"{text!r} is not above nought")
    return amount


def seconds(text: str) -> int:
    """A time in whole seconds; ValueError says what is wrong."""
    found = _QUANTITY.fullmatch(text.strip())
    if found is None or found["unit"].strip() not in _SECONDS:
        raise ValueError(f"{text!r} is no time: write a number and one of {', '.join(_SECONDS)}")
    return round(float(found["number"]) * _SECONDS[found["unit"].strip()])
