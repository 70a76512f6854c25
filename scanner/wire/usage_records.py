"""Incidents and snapshots to and from JSON text."""

from scanner.domain.usage.causes import Snapshot
from scanner.domain.usage.incidents import Incident
from scanner.wire.records import from_text, to_plain, to_text


def incident_text(incident: Incident) -> str:
    """Compact JSON of an incident."""
    return to_text(incident)


def incident_of(text: str) -> Incident:
    """The incident of a text; StoreError if it is none."""
    return from_text(text, Incident)


def snapshot_text(snapshot: Snapshot) -> str:
    """Compact JSON of a snapshot."""
    return to_text(snapshot)


def snapshot_of(text: str) -> Snapshot:
    """The snapshot of a text; StoreError if it is none."""
    return from_text(text, Snapshot)


def incident_plain(incident: Incident) -> object:
    """An incident as plain values, with what it owes and whether it is confirmed."""
    plain = to_plain(incident)
    assert isinstance(plain, dict)
    return {**plain, "ruling": incident.ruling.name.lower(), "would": incident.would.name.lower()}
