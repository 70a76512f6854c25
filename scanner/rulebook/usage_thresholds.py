"""The thresholds of rules/usage.yaml."""

from typing import Any

from scanner.domain.usage.resources import HARMS, RESOURCES, Resource
from scanner.domain.usage.thresholds import NEVER, Kind, Leg, Ruling, Threshold
from scanner.rulebook.fields import Fields
from scanner.rulebook.quantities import seconds

MEASURES = {"watch": Ruling.WATCH, "throttle": Ruling.THROTTLE, "propose": Ruling.PROPOSE}
CLAUSES = ("3.1.3.6", "3.1.3.7")
NOTICES = ("overuse", "harm", "unusual", "attack")
_OWN = {
    Kind.EXCESS: ("window", "leak"),
    Kind.BURN: ("tiers",),
    Kind.HARD: ("ratio", "window", "keep"),
    Kind.UNUSUAL: ("ratio", "floor"),
}


def read_thresholds(top: Fields) -> tuple[Threshold, ...]:
    """All thresholds; two of one kind over one resource are refused, since a series has one state."""
    top.taken.add("thresholds")
    value = top.mapping.get("thresholds") or []
    if not isinstance(value, list):
        top.refuse("thresholds", "thresholds is no list", "write one `- {id: ..., kind: ...}` a line")
        return ()
    rows = [Fields(top.file, ("thresholds", index), "", top.problems) for index in range(len(value))]
    found = [(row, _threshold(row)) for row in rows]
    seen: dict[tuple[object, Kind], str] = {}
    for row, threshold in found:
        for resource in threshold.resources:
            other = seen.setdefault((resource, threshold.kind), threshold.id)
            if other != threshold.id or seen.setdefault((threshold.id, threshold.kind), threshold.id) != threshold.id:
                what = f"{threshold.id} and {other} are both {threshold.kind} over {resource}"
                row.refuse(
                    "resources", what, "leave the resource to one of them (try numbers with `aup usage simulate`)"
                )
    return tuple(threshold for _, threshold in found)


def _threshold(row: Fields) -> Threshold:
    name = row.text("id")
    row.name = name
    kind = _one_of(row, "kind", {kind.value: kind for kind in Kind}, Kind.HARD)
    leg = _one_of(row, "leg", {leg.value: leg for leg in Leg if leg is not Leg.CAUSE}, Leg.HEAVY)
    measure = _one_of(row, "measure", MEASURES, Ruling.WATCH)
    clause, notice = _known(row, "clause", CLAUSES), _known(row, "notice", NOTICES)
    resources = tuple(Resource(each) for each in row.texts("resources") if each in tuple(RESOURCES))
    for each in set(row.texts("resources")) - set(RESOURCES):
        row.refuse("resources", f"unknown resource {each!r}", f"use one of: {', '.join(RESOURCES)}")
    if any((resource in HARMS) != (leg is Leg.HARM) for resource in resources):
        row.refuse(
            "leg", f"leg {leg} does not fit {', '.join(resources)}", "harm signals make leg harm, use makes heavy"
        )
    shadow, numbers = row.flag("shadow"), _numbers(row, kind)
    row.rest(*_OWN[kind])
    return Threshold(name, kind, clause, leg, resources, measure, notice, shadow, **numbers)


def _numbers(row: Fields, kind: Kind) -> dict[str, Any]:
    if kind is Kind.BURN:
        return {"tiers": _tiers(row)}
    if kind is Kind.UNUSUAL:
        return {"ratio": _number(row, "ratio", 1.0, 64.0), "floor": _number(row, "floor", 0.0, 4.0)}
    window = _time(row, "window")
    if kind is Kind.EXCESS:
        return {"capacity": float(window), "leak": _number(row, "leak", 0.0, 1.0)}
    return {"ratio": _number(row, "ratio", 0.0, 1_000.0), "hold": window, "keep": _time(row, "keep")}


def _tiers(row: Fields) -> tuple[tuple[int, int, float], ...]:
    row.taken.add("tiers")
    value, found = row.mapping.get("tiers"), []
    try:
        for long, short, ratio in value or ():
            found.append((seconds(str(long)), seconds(str(short)), float(ratio)))
    except (TypeError, ValueError) as error:
        row.refuse("tiers", f"tiers: {error}", "write `[[6 h, 30 min, 1.2], [24 h, 2 h, 1.05]]`")
    if len(found) != 2 or any(short > long or ratio <= 0 for long, short, ratio in found):
        row.refuse(
            "tiers", "tiers are not two of [long, short, ratio]", "write `[[6 h, 30 min, 1.2], [24 h, 2 h, 1.05]]`"
        )
        return ((21_600, 1_800, NEVER), (86_400, 7_200, NEVER))
    return tuple(found)


def _time(row: Fields, key: str) -> int:
    text = row.text(key)
    try:
        return seconds(text) if text else 0
    except ValueError as error:
        row.refuse(key, f"{key}: {error}", "for example `20 min`")
        return 0


def _number(row: Fields, key: str, least: float, most: float) -> float:
    row.taken.add(key)
    value = row.mapping.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        row.refuse(key, f"{key} = {value!r} is not a number from {least:g} to {most:g}", f"for example `{key}: 1`")
        return least
    return float(value)


def _one_of(row: Fields, key: str, words: dict[str, Any], default: Any) -> Any:
    row.taken.add(key)
    value = row.mapping.get(key)
    if value in words:
        return words[value]
    what = f"{key} is missing" if value is None else f"{key} = {value!r} is not known"
    row.refuse(key, what, f"use one of: {', '.join(words)}")
    return default


def _known(row: Fields, key: str, words: tuple[str, ...]) -> str:
    value: str = _one_of(row, key, {word: word for word in words}, words[0])
    return value
