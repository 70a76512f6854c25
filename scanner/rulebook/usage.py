"""rules/usage.yaml (with its CSV of accounts) to a UsageBook: every problem at once, each with its place and mend."""

import csv
import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, TypeVar

from scanner.domain.usage.book import UsageBook
from scanner.domain.usage.causes import CauseKind
from scanner.domain.usage.entitlements import Dated, Entitlements, Grant, Override, Plan, overlapping
from scanner.domain.usage.resources import RESOURCES, Resource
from scanner.domain.usage.thresholds import Thresholds, Timing
from scanner.rulebook.fields import Fields
from scanner.rulebook.problems import Problem, RulebookError, errors_of
from scanner.rulebook.quantities import quantity, seconds
from scanner.rulebook.usage_signs import read_signs, read_sources
from scanner.rulebook.usage_thresholds import read_thresholds
from scanner.rulebook.yamlfile import YamlFile, read_yaml

NAME = "usage.yaml"
MAX_CSV = 256 * 1024 * 1024
CSV_COLUMNS = ("account", "plan", "owner", "hosts", "since", "until")
Value = TypeVar("Value")


def load_usage(folder: Path, name: str = NAME) -> UsageBook:
    """The usage rules of a folder; RulebookError with every problem if anything is refused."""
    text, unread = _text_of(folder, name)
    if unread:
        raise RulebookError(unread)
    book, problems = read_usage(read_yaml(name, text), folder)
    if errors_of(problems):
        raise RulebookError(errors_of(problems))
    return book


def usage_problems(folder: Path, name: str = NAME) -> list[Problem]:
    """All that is wrong with the usage rules of a folder; nothing where it holds none."""
    if not (folder / name).exists():
        return []
    text, unread = _text_of(folder, name)
    return unread or read_usage(read_yaml(name, text), folder)[1]


def _text_of(folder: Path, name: str) -> tuple[str, list[Problem]]:
    try:
        return (folder / name).read_text(encoding="utf-8"), []
    except (OSError, UnicodeDecodeError) as error:
        return "", [YamlFile(name, "").problem((), "", f"cannot be read: {error}", "restore it")]


def read_usage(file: YamlFile, folder: Path) -> tuple[UsageBook, list[Problem]]:
    """The book, and all that is wrong with the file."""
    problems = list(file.problems)
    empty = UsageBook(Entitlements(), Thresholds())
    if problems:
        return empty, problems
    if not isinstance(file.value, Mapping):
        return empty, [file.problem((), "", "holds no mapping", "start with `schema: 1`")]
    top = Fields(file, (), "", problems)
    plans, expects = _plans(top)
    grants, csv_text = _grants(top, folder, plans)
    entitlements = Entitlements(
        defaults=limits(Fields(file, ("defaults",), "defaults", problems)),
        plans=plans,
        grants=grants,
        overrides=_overrides(top, grants),
        owner_limits=limits(Fields(file, ("owner_limits",), "owner_limits", problems)),
        hosts=frozenset(host for rows in grants.values() for row in rows for host in row.hosts),
    )
    thresholds = Thresholds(read_thresholds(top), _timing(Fields(file, ("timing",), "timing", problems)))
    digest = hashlib.sha256(file.text.encode() + b"\x00" + csv_text.encode()).hexdigest()
    signs, sources = read_signs(top), read_sources(top)
    top.rest("schema", "timing", "defaults", "plans", "owner_limits", "accounts", "overrides", "prometheus")
    return UsageBook(entitlements, thresholds, signs, sources, expects, digest), problems


def rows_of(top: Fields, key: str) -> list[Fields]:
    """The mappings of a list, each as fields; another shape is a problem."""
    top.taken.add(key)
    value = top.mapping.get(key) or []
    if not isinstance(value, list):
        top.refuse(key, f"{key} is no list", f"write `{key}:` and one `- {{...}}` a line")
        return []
    return [Fields(top.file, (*top.key, key, index), key, top.problems) for index in range(len(value))]


def checked(row: Fields, key: str, read: Callable[[str], Value], default: Value | None = None) -> Value | None:
    """A text turned into a value; what `read` says of a wrong one becomes the problem."""
    if key not in row.mapping and default is not None:
        row.taken.add(key)
        return default
    text = row.text(key)
    try:
        return read(text) if text else default
    except ValueError as error:
        row.refuse(key, f"{key}: {error}", "correct the value")
        return default


def resource_of(text: str) -> Resource:
    """The resource of that name; ValueError lists them."""
    if text not in tuple(RESOURCES):
        raise ValueError(f"unknown resource {text!r}, use one of {', '.join(RESOURCES)}")
    return Resource(text)


def _reader(kind: Resource) -> Callable[[str], float]:
    return lambda text: quantity(text, kind)


def limits(row: Fields) -> dict[Resource, float]:
    """A mapping of resources to quantities."""
    found: dict[Resource, float] = {}
    for name in row.mapping:
        if name not in tuple(RESOURCES):
            row.refuse(str(name), f"unknown resource {name!r}", f"use one of: {', '.join(RESOURCES)}")
            continue
        amount = checked(row, name, _reader(Resource(name)))
        if amount is not None:
            found[Resource(name)] = amount
    return found


def _timing(row: Fields) -> Timing:
    default = Timing()
    values = {name: checked(row, name, seconds, getattr(default, name)) for name in Timing.__slots__}
    row.rest()
    timing = Timing(**{name: int(value or 0) for name, value in values.items()})
    if not 0 < timing.interval <= timing.cover <= 3_600:
        row.refuse(
            "cover", f"cover {timing.cover} s does not fit interval {timing.interval} s", "interval <= cover <= 1 h"
        )
    return timing


def _plans(top: Fields) -> tuple[dict[str, list[Plan]], dict[str, frozenset[CauseKind]]]:
    found: dict[str, list[Plan]] = {}
    expects: dict[str, frozenset[CauseKind]] = {}
    for row in rows_of(top, "plans"):
        row.taken.add("limits")
        own = limits(Fields(top.file, (*row.key, "limits"), "limits", top.problems))
        since, until = _days(row)
        plan = Plan(row.text("id"), own, row.flag("pooled"), since, until)
        found.setdefault(plan.id, []).append(plan)
        expects[plan.id] = frozenset(kind for kind in CauseKind if kind in row.texts("expects", ()))
        row.rest()
    _no_overlap(top, "plans", found)
    return found, expects


def _grants(top: Fields, folder: Path, plans: Mapping[str, object]) -> tuple[dict[str, list[Grant]], str]:
    found: dict[str, list[Grant]] = {}
    for row in rows_of(top, "accounts"):
        since, until = _days(row)
        hosts = row.texts("hosts", ())
        grant = Grant(row.text("account"), row.text("plan"), row.text("owner", ""), hosts, since, until)
        found.setdefault(grant.account, []).append(grant)
        row.rest()
    text = _csv_text(top, folder)
    for grant in _csv_grants(top, text):
        found.setdefault(grant.account, []).append(grant)
    for account, rows in found.items():
        for grant in rows:
            if grant.plan not in plans:
                known = ", ".join(sorted(plans)) or "a plan under `plans`"
                top.refuse(
                    "accounts", f"account {account!r} has an unknown plan {grant.plan!r}", f"use one of: {known}"
                )
    _no_overlap(top, "accounts", found)
    return found, text


def _csv_text(top: Fields, folder: Path) -> str:
    name = top.text("accounts_csv", "")
    if not name:
        return ""
    path = (folder / name).resolve()
    try:
        if not path.is_relative_to(folder.resolve()):
            raise ValueError("it is outside the rules folder")
        if path.stat().st_size > MAX_CSV:
            raise ValueError(f"it is over {MAX_CSV} bytes")
        return path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        top.refuse("accounts_csv", f"{name} cannot be read: {error}", "put a UTF-8 CSV beside usage.yaml")
        return ""


def _csv_grants(top: Fields, text: str) -> list[Grant]:
    rows = csv.DictReader(io.StringIO(text))
    unknown = set(rows.fieldnames or ()) - set(CSV_COLUMNS)
    if unknown or (text and "account" not in (rows.fieldnames or ())):
        what = f"columns {', '.join(rows.fieldnames or ())}"
        top.refuse("accounts_csv", f"{what} are not the known ones", f"use: {', '.join(CSV_COLUMNS)}")
        return []
    found: list[Grant] = []
    for number, row in enumerate(rows, 2):
        try:
            found.append(_csv_grant(row))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            top.refuse("accounts_csv", f"line {number}: {error}", "days are written 2027-01-31, hosts a;b")
    return found


def _csv_grant(row: Mapping[str, Any]) -> Grant:
    since, until = row.get("since") or "", row.get("until") or ""
    return Grant(
        account=row["account"].strip(),
        plan=row["plan"].strip(),
        owner=(row.get("owner") or "").strip(),
        hosts=tuple(host for host in (row.get("hosts") or "").split(";") if host),
        since=date.fromisoformat(since) if since else date.min,
        until=date.fromisoformat(until) if until else date.max,
    )


def _overrides(top: Fields, grants: Mapping[str, object]) -> dict[str, list[Override]]:
    found: dict[str, list[Override]] = {}
    for row in rows_of(top, "overrides"):
        account, kind, (since, until) = row.text("account"), checked(row, "resource", resource_of), _days(row)
        amount = checked(row, "limit", _reader(kind)) if kind else None
        row.taken.add("limit")
        reason = row.text("reason")
        row.rest()
        if account not in grants:
            row.refuse("account", f"unknown account {account!r}", "put it under `accounts` first")
        if kind and amount is not None:
            found.setdefault(account, []).append(Override(account, kind, amount, since, until, reason))
    by_resource = {
        f"{a} {r.resource}": [o for o in rows if o.resource is r.resource] for a, rows in found.items() for r in rows
    }
    _no_overlap(top, "overrides", by_resource)
    return found


def _days(row: Fields) -> tuple[date, date]:
    since, until = row.day("since", date.min), row.day("until", date.max)
    if since >= until:
        row.refuse("until", f"until {until} is not after since {since}", "name the first day that is not in force")
    return since, until


def _no_overlap(top: Fields, key: str, rows: Mapping[str, Sequence[Dated]]) -> None:
    for name, dated in rows.items():
        pair = overlapping(dated) if len(dated) > 1 else None
        if pair:
            days = f"{pair[1].since} falls in {pair[0].since} to {pair[0].until}"
            top.refuse(key, f"{name!r} overlaps itself: {days}", "end the first (`until`) before the second starts")
