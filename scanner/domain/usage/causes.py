"""The second leg: what runs or flows on an account that is not the service it bought."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

MAX_LINES = 50  # of one snapshot; agents send their tops, not everything
MAX_TEXT = 400


class CauseKind(StrEnum):
    """What unrelated use is known as. FLOOD and SCANNER going out right now are a live attack."""

    MINER = "miner"
    SCANNER = "scanner"
    FLOOD = "flood"
    CONTENT = "content"  # found in the account's own objects, for example a miner's configuration


ATTACKS = frozenset({CauseKind.SCANNER, CauseKind.FLOOD})


@dataclass(frozen=True, slots=True)
class Process:
    """One process of a snapshot; `cpu` in cores."""

    command: str
    cpu: float = 0.0
    memory: float = 0.0


@dataclass(frozen=True, slots=True)
class Flow:
    """One outgoing flow or group of flows: where to, packets and bytes a second, distinct peers."""

    target: str
    port: int = 0
    packets: float = 0.0
    rate: float = 0.0
    peers: int = 1


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an agent or a log saw on an account at one time. `tops` are the objects or URLs asked for most, by count."""

    account: str
    at: datetime
    source: str = ""
    processes: tuple[Process, ...] = ()
    flows: tuple[Flow, ...] = ()
    tops: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Cause:
    """One sign of unrelated use. `live`: traffic that goes out now, not a file that lies there."""

    account: str
    kind: CauseKind
    name: str
    at: datetime
    detail: str = ""
    live: bool = False


@dataclass(frozen=True, slots=True)
class Signs:
    """What marks a process or flow: patterns by kind, and the flows that no service of ours makes.

    `flood_packets`: packets a second to few peers; `scan_peers`: distinct peers of one port; `content_rules`: prefixes
    of rule ids whose hits in an account's objects are causes.
    """

    processes: tuple[tuple[CauseKind, re.Pattern[str]], ...] = ()
    ports: Mapping[int, CauseKind] = field(default_factory=dict)
    flood_packets: float = 50_000.0
    flood_peers: int = 16
    scan_peers: int = 1_000
    content_rules: tuple[str, ...] = ()


def bounded(snapshot: Snapshot) -> Snapshot:
    """The snapshot with at most MAX_LINES of each list, the heaviest, and bounded texts."""
    processes = sorted(snapshot.processes, key=lambda p: -p.cpu)[:MAX_LINES]
    flows = sorted(snapshot.flows, key=lambda f: (-f.packets, -f.peers))[:MAX_LINES]
    tops = sorted(snapshot.tops, key=lambda top: -top[1])[:MAX_LINES]
    return Snapshot(
        snapshot.account,
        snapshot.at,
        snapshot.source[:MAX_TEXT],
        tuple(Process(p.command[:MAX_TEXT], p.cpu, p.memory) for p in processes),
        tuple(Flow(f.target[:MAX_TEXT], f.port, f.packets, f.rate, f.peers) for f in flows),
        tuple((name[:MAX_TEXT], count) for name, count in tops),
    )


def causes_of(snapshot: Snapshot, signs: Signs) -> tuple[Cause, ...]:
    """The signs of unrelated use in a snapshot, each kind and name once."""
    found = [*_in_processes(snapshot, signs), *_in_flows(snapshot, signs)]
    return tuple({(cause.kind, cause.name): cause for cause in reversed(found)}.values())


def _in_processes(snapshot: Snapshot, signs: Signs) -> Iterable[Cause]:
    for process in snapshot.processes[:MAX_LINES]:
        command = process.command[:MAX_TEXT]
        for kind, pattern in signs.processes:
            hit = pattern.search(command)
            if hit:
                detail = f"{process.cpu:.2f} cores: {command[:120]}"
                yield Cause(snapshot.account, kind, hit.group(0)[:80], snapshot.at, detail)
                break


def _in_flows(snapshot: Snapshot, signs: Signs) -> Iterable[Cause]:
    for flow in snapshot.flows[:MAX_LINES]:
        kind = _flow_kind(flow, signs)
        if kind is None:
            continue
        detail = (
            f"{flow.packets:.0f} packets/s, {flow.rate:.0f} B/s to {flow.target[:80]}:{flow.port}, {flow.peers} peers"
        )
        yield Cause(snapshot.account, kind, f"flow:{flow.port}", snapshot.at, detail, kind in ATTACKS)


def _flow_kind(flow: Flow, signs: Signs) -> CauseKind | None:
    if flow.peers >= signs.scan_peers:
        return CauseKind.SCANNER
    if flow.packets >= signs.flood_packets and flow.peers <= signs.flood_peers:
        return CauseKind.FLOOD
    return signs.ports.get(flow.port)
