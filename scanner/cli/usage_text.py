"""Incidents, limits and simulated courses as lines for people."""

from datetime import date, datetime

from scanner.cli.exits import visible
from scanner.domain.usage.book import UsageBook
from scanner.domain.usage.incidents import Incident, legs
from scanner.domain.usage.notices import figures
from scanner.domain.usage.resources import RESOURCES, shown
from scanner.services.metering_simulation import Course, Simulated


def incident_row(incident: Incident) -> str:
    """One incident on one line: ruling first."""
    there = "+".join(leg for leg, standing in legs(incident).items() if standing) or "-"
    first = figures(incident)[:1]
    shadow = f" (shadow: {incident.would.name.lower()})" if incident.would > incident.ruling else ""
    head = (
        f"{incident.ruling.name:9}{incident.state:9} {incident.id} {incident.clause:8} {visible(incident.account):24}"
    )
    return f"{head} {there:18} {incident.started:%m-%d %H:%M}{shadow}  {visible(first[0]) if first else ''}"


def incident_lines(incident: Incident) -> list[str]:
    """One incident in full: figures, causes, tops, what it led to."""
    lines = [incident_row(incident), *(f"    {visible(figure)}" for figure in figures(incident))]
    lines += [f"    top {count:>8}  {visible(name)}" for name, count in incident.tops[:10]]
    if incident.case:
        lifted = ", lifted" if incident.lifted else ""
        lines.append(f"    case {incident.case}, throttles {', '.join(incident.throttles) or 'none'}{lifted}")
    return lines


def limit_rows(book: UsageBook, account: str, day: date) -> list[str]:
    """What an account bought."""
    grant = book.entitlements.grant(account, day)
    if grant is None:
        return [f"{account}: no plan on {day}, so nothing is judged"]
    found = {kind: book.entitlements.entitled(account, kind, day) for kind in RESOURCES[:9]}
    limits = ", ".join(f"{kind} {shown(kind, limit)}" for kind, limit in found.items() if limit)
    return [f"{account}: plan {grant.plan}, owner {grant.owner or '-'}", f"  bought {limits}"]


def course_row(course: Course) -> str:
    """One simulated course on one line."""
    moments = ("watched", "throttled", "proposed", "referred", "lifted")
    words = [f"{word} {_moment(getattr(course, word))}" for word in moments if getattr(course, word)]
    shadow = [f"shadow {course.shadow.name.lower()}"] if course.shadow else []
    return f"{visible(course.account):24} {course.incidents} incidents  " + "  ".join(words + shadow)


def course_totals(done: Simulated) -> str:
    """The last line of a simulation."""
    words = ("watched", "throttled", "proposed", "referred")
    counts = ", ".join(f"{sum(getattr(c, word) is not None for c in done.courses)} {word}" for word in words)
    return f"{done.checks} checks: of the accounts {counts}"


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"
