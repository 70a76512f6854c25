"""What marks unrelated use, and where samples come from: parts of rules/usage.yaml."""

import re
from collections.abc import Mapping

from scanner.domain.usage.book import Metric, Query, Sources
from scanner.domain.usage.causes import CauseKind, Signs
from scanner.domain.usage.resources import RESOURCES, Resource, units
from scanner.rulebook.fields import Fields
from scanner.rulebook.quantities import seconds

KINDS = tuple(kind.value for kind in CauseKind)


def read_signs(top: Fields) -> Signs:
    """The patterns and numbers under `signs`."""
    top.taken.add("signs")
    row = Fields(top.file, ("signs",), "signs", top.problems)
    packets, peers = row.number("flood_packets", 50_000), row.number("flood_peers", 16)
    scan, rules = row.number("scan_peers", 1_000), row.texts("content_rules", ())
    patterns = _patterns(row)
    ports = _ports(row)
    row.rest()
    return Signs(patterns, ports, float(packets), peers, scan, rules)


def _patterns(row: Fields) -> tuple[tuple[CauseKind, re.Pattern[str]], ...]:
    row.taken.add("processes")
    value, found = row.mapping.get("processes") or [], []
    for index in range(len(value) if isinstance(value, list) else 0):
        each = Fields(row.file, (*row.key, "processes", index), "processes", row.problems)
        kind, pattern = each.text("kind"), each.text("pattern")
        each.rest()
        try:
            found.append((CauseKind(kind), re.compile(pattern)))
        except ValueError:
            each.refuse("kind", f"kind = {kind!r} is not known", f"use one of: {', '.join(KINDS)}")
        except re.error as error:
            each.refuse("pattern", f"pattern: {error}", "write a regular expression of Python's")
    return tuple(found)


def _ports(row: Fields) -> dict[int, CauseKind]:
    row.taken.add("ports")
    value = row.mapping.get("ports") or {}
    if not isinstance(value, Mapping):
        row.refuse("ports", "ports is no mapping", "write `{3333: miner}`")
        return {}
    for port, kind in value.items():
        if not isinstance(port, int) or not 0 < port < 65_536 or kind not in KINDS:
            row.refuse("ports", f"{port!r}: {kind!r} is no port and kind", f"a port, and one of: {', '.join(KINDS)}")
    return {port: CauseKind(kind) for port, kind in value.items() if kind in KINDS and isinstance(port, int)}


def read_sources(top: Fields) -> Sources:
    """The queries under `prometheus` and the metrics under `remote_write`."""
    row = Fields(top.file, ("prometheus",), "prometheus", top.problems)
    url, most = row.text("url", ""), row.number("max_bytes", 64 * 1024 * 1024)
    try:
        timeout = float(seconds(row.text("timeout", "10 s")))
    except ValueError as error:
        row.refuse("timeout", f"timeout: {error}", "for example `timeout: 10 s`")
        timeout = 10.0
    queries = tuple(_query(each) for each in _rows(row, "queries"))
    row.rest()
    metrics = tuple(_metric(each) for each in _rows(top, "remote_write"))
    return Sources(url, timeout, most, queries, metrics)


def _rows(top: Fields, key: str) -> list[Fields]:
    top.taken.add(key)
    value = top.mapping.get(key) or []
    return (
        [Fields(top.file, (*top.key, key, i), key, top.problems) for i in range(len(value))]
        if isinstance(value, list)
        else []
    )


def _query(row: Fields) -> Query:
    name, query, (resource, unit, counter) = row.text("name"), row.text("query"), _kind(row)
    found = Query(name, query, resource, unit, counter, row.text("account", "account"))
    row.rest()
    return found


def _metric(row: Fields) -> Metric:
    name, (resource, unit, counter), account = row.text("metric"), _kind(row), row.text("account", "account")
    row.taken.add("where")
    where = row.mapping.get("where") or {}
    row.rest()
    return Metric(name, resource, unit, counter, account, {str(key): str(value) for key, value in where.items()})


def _kind(row: Fields) -> tuple[str, str, bool]:
    """Resource, unit and counter of a source: the unit is always named, so that none is ever guessed."""
    resource, unit, counter = row.text("resource"), row.text("unit"), row.flag("counter")
    if resource not in tuple(RESOURCES):
        row.refuse("resource", f"unknown resource {resource!r}", f"use one of: {', '.join(RESOURCES)}")
    elif unit not in units(Resource(resource), counter=counter):
        known = ", ".join(units(Resource(resource), counter=counter)) or "no counter of it is known"
        row.refuse("unit", f"unit = {unit!r} does not fit {resource}", f"use one of: {known}")
    return resource, unit, counter
