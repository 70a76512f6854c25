"""The plot of an incident or of an account's days, from the samples that are still kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanner.domain.usage.incidents import Incident
from scanner.domain.usage.legs import Fact
from scanner.domain.usage.resources import RESOURCES, Resource, shown
from scanner.domain.usage.thresholds import Kind, Leg
from scanner.ports import Clock
from scanner.ports_usage import UsageRecord, UsageRules
from scanner.render.plot import Mark, Panel, plot

MAX_PANELS = 6
BEFORE = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Plotting:
    """Draws what was used against what was bought and what is usual."""

    record: UsageRecord
    rules: UsageRules
    clock: Clock

    def incident(self, incident: Incident) -> str:
        """The SVG of an incident: its resources, from two hours before it on."""
        since, until = int((incident.started - BEFORE).timestamp()), int(incident.last.timestamp()) + 60
        facts = {(fact.account, fact.resource): fact for fact in incident.facts}
        panels = [self._of_fact(fact, since, until) for fact in list(facts.values())[:MAX_PANELS]]
        title = f"{incident.account}: {incident.ruling.name.lower()} under clause {incident.clause}"
        return plot(title, [panel for panel in panels if panel.points], _marks(incident))

    def account(self, account: str, since: datetime, until: datetime) -> str:
        """The SVG of all that an account used in a time."""
        panels = [self.panel(account, kind, since, until) for kind in RESOURCES]
        return plot(account, [panel for panel in panels if panel.points][:MAX_PANELS])

    def panel(self, account: str, resource: Resource, since: datetime, until: datetime) -> Panel:
        """One resource of an account."""
        limit = self.rules.usage().entitlements.entitled(account, resource, self.clock.now().date()) or 0.0
        points = self.record.history(account, resource, int(since.timestamp()), int(until.timestamp()))
        return Panel(str(resource), points, limit, gap=self._gap(), label=shown(resource, limit))

    def figures(self, incident: Incident) -> dict[str, Sequence[tuple[int, float]]]:
        """The samples behind an incident, by account and resource, for its evidence."""
        since, until = int((incident.started - BEFORE).timestamp()), int(incident.last.timestamp()) + 60
        places = {(fact.account, fact.resource) for fact in incident.facts}
        return {f"{place} {kind}": self.record.history(place, kind, since, until) for place, kind in sorted(places)}

    def _of_fact(self, fact: Fact, since: int, until: int) -> Panel:
        points = self.record.history(fact.account, fact.resource, since, until)
        usual = [(at, fact.usual * fact.entitled) for at in (since, until)] if fact.usual and points else []
        usual = [(min(max(at, points[0][0]), points[-1][0]), value) for at, value in usual]
        name = str(fact.resource) if fact.account == "" else f"{fact.account} {fact.resource}"
        return Panel(name, points, fact.entitled, usual, self._gap(), shown(fact.resource, fact.entitled))

    def _gap(self) -> int:
        return 2 * self.rules.usage().thresholds.timing.cover


def _marks(incident: Incident) -> list[Mark]:
    """When each leg was first seen."""
    facts = [fact for fact in incident.facts if fact.kind is not Kind.BURN and not fact.shadow]
    firsts = {leg: min((f.since for f in facts if f.leg is leg), default=None) for leg in (Leg.HEAVY, Leg.HARM)}
    firsts[Leg.CAUSE] = min((cause.at for cause in incident.causes), default=None)
    seen = sorted((at, leg) for leg, at in firsts.items() if at is not None)
    return [Mark(int(at.timestamp()), f"{leg} {at:%H:%M}") for at, leg in seen]
