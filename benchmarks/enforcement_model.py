"""A model of the world around one course: a customer who overwrites, two workers, two people, and what may go wrong.

The guards and transitions are the product's own (`scanner.domain.enforcement`); only the world is modelled. One version
J was judged; N is what the customer puts over it; U is an unscanned neighbour under the same prefix.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from scanner.domain.content import Subject
from scanner.domain.enforcement.course import Course, advance, hurdles
from scanner.domain.enforcement.facts import Binding, Facts
from scanner.domain.enforcement.guards import Guard
from scanner.domain.enforcement.stages import END_STAGES, TRANSITIONS, Stage, Step
from scanner.domain.enforcement.trail import Appealed
from scanner.domain.evidence import EvidenceState
from scanner.errors import TransitionError

START = datetime(2026, 1, 1, tzinfo=UTC)
TICK = timedelta(days=8)  # longer than the cool-off
JUDGED = "a" * 64
PEOPLE = ("ann", "bob")
HAZARDS = ("tainted", "gate", "breaker", "protected", "hold", "notice", "wide", "unbound", "machine", "reacl", "crowd")
Move = tuple[str, "World", str]  # what happened, the world after, and the violation it was ("" for none)


@dataclass(frozen=True, slots=True)
class Worker:
    """What a worker is in the middle of: a request it has armed under the guards, or nothing.

    `flaws` were there when the guards were asked: that moment counts for what our records know. What the store knows
    (which bytes lie there, the owner's edits) counts when the request arrives.
    """

    step: Step | None = None
    bound: bool = True
    wide: bool = False
    revision: int = 0
    sent: bool = False
    flaws: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class World:
    """Everything that can differ. `objects`: the bytes at the key, newest last (one, where versions are not kept)."""

    course: Course
    versioned: bool
    objects: tuple[str, ...] = ("J",)
    marked: frozenset[str] = frozenset()
    neighbour: bool = True
    owners_edit: bool = False
    tick: int = 0
    opened: frozenset[str] = frozenset()
    workers: tuple[Worker, Worker] = (Worker(), Worker())
    hazards: frozenset[str] = frozenset()
    budget: int = 0
    overwrites: int = 1
    over: bool = False  # one whole life is enough: afterwards only repeated requests matter


def start(*, versioned: bool, hazards: frozenset[str], budget: int) -> World:
    """The world before anything happened; `budget` hazards may still come at any time."""
    subject = Subject("tenant", "key", "vJ" if versioned else "", "eJ", 1)
    course = Course("K", subject, JUDGED, changed_at=START)
    return World(course, versioned, hazards=hazards, budget=budget, owners_edit="reacl" in hazards)


def moves(world: World, without: frozenset[Guard]) -> Iterator[Move]:
    """Everything that can happen next."""
    yield from _environment(world)
    yield from _people(world, without)
    for index in (0, 1):
        yield from _work(world, index, without)


def _environment(world: World) -> Iterator[Move]:
    if world.course.stage in END_STAGES and world.workers == (Worker(), Worker()):
        return
    if world.overwrites and world.objects:
        objects = (*world.objects, "N") if world.versioned else ("N",)
        marked = world.marked if world.versioned else frozenset()  # tags and ACL do not survive an overwrite
        yield "customer overwrites", replace(world, objects=objects, marked=marked, overwrites=0), ""
    if world.course.trail.cool_until is not None and world.course.trail.appeal is not Appealed.OPEN and not world.tick:
        yield "eight days pass", replace(world, tick=1), ""
    if world.budget:
        for hazard in HAZARDS:
            if hazard not in world.hazards:
                seen = replace(world, hazards=world.hazards | {hazard}, budget=world.budget - 1)
                yield f"hazard: {hazard}", replace(seen, owners_edit=world.owners_edit or hazard == "reacl"), ""


def facts_of(world: World, actor: str, key: str, *, bound: bool = True, wide: bool = False) -> Facts:
    """The facts as a worker or a person finds them in the world."""
    has = world.hazards.__contains__
    there = "J" if world.versioned and "J" in world.objects else (world.objects or ("",))[-1]
    named = Binding.VERSION if world.versioned else Binding.ETAG
    return Facts(
        now=START + TICK * world.tick,
        actor=actor,
        human=actor in PEOPLE or actor == "owner",
        reason="a reason",
        key=key,
        opened_by=world.opened,
        store_proven=True,
        binding=named if bound else Binding.NONE,
        seen_version=f"v{there}" if world.versioned else "",
        seen_etag=f"e{there}",
        seen_sha256=JUDGED if there == "J" else "b" * 64,
        newer=len(world.objects) > 1,
        exact=not wide,
        as_left=not world.owners_edit,
        evidence=EvidenceState.TAINTED if has("tainted") else EvidenceState.VERIFIED,
        evidence_sha256=JUDGED,
        chained=True,
        kept_as_policy=True,
        gate_open=not has("gate"),
        breaker_open=has("breaker"),
        protected=has("protected"),
        hold=has("hold"),
        room=not has("crowd"),
        missing=("facts",) if has("notice") else (),
        visible=True,
    )


def _step(world: World, step: Step, facts: Facts, without: frozenset[Guard]) -> World | None:
    """The world after a step of the course, or None if it is refused."""
    try:
        course, _ = advance(world.course, step, facts, without)
    except TransitionError:
        return None
    return replace(world, course=course)


def _people(world: World, without: frozenset[Guard]) -> Iterator[Move]:
    for who in (*PEOPLE, "machine") if "machine" in world.hazards else PEOPLE:
        if who not in world.opened and world.course.stage is Stage.NOTICED_FINAL:
            yield f"{who} opens the evidence", replace(world, opened=world.opened | {who}), ""
    if world.course.stage in END_STAGES:
        return
    for actor, step in _wishes(world):
        key = f"{step}:{actor}"
        if (world.course.stage, step) not in TRANSITIONS or (world.over and key not in world.course.keys):
            continue
        after = _step(world, step, facts_of(world, actor, key), without)
        if after is None:
            continue
        yield f"{actor}: {step}", after, _wrong_step(world, step, actor, key)


def _wishes(world: World) -> Iterator[tuple[str, Step]]:
    """Who may want what; the same request may always arrive twice."""
    yield from (("machine", Step.FILE), ("ann", Step.FILE), ("ann", Step.CALL_OFF), ("machine", Step.NOTICE))
    yield from (("owner", Step.APPEAL), ("machine", Step.FINISH), ("bob", Step.GRANT))
    yield from ((who, step) for who in PEOPLE for step in (Step.DENY, Step.APPROVE))
    yield from (("ann", Step.PROPOSE), ("bob", Step.WITHDRAW), ("bob", Step.LIFT))
    if "machine" in world.hazards:
        yield "machine", Step.PROPOSE


def _wrong_step(world: World, step: Step, actor: str, key: str) -> str:
    """Violations that lie in a record alone."""
    if key in world.course.keys:
        return "I5 one request took effect twice"
    trail = world.course.trail
    if step in (Step.GRANT, Step.DENY) and actor in (trail.filed_by, trail.proposer, trail.approver):
        return "G11 an appeal was judged by somebody who had a part in the decision"
    if step is Step.NOTICE and "notice" in world.hazards:
        return "G10 an incomplete notice went out"
    return ""


FENCES = (Step.BEGIN, Step.RESUME)
EFFECTS = {
    Stage.SUSPEND_PENDING: Step.APPLY,
    Stage.DELETE_PROPOSED: Step.BEGIN,
    Stage.DELETING: Step.RESUME,
    Stage.REINSTATING: Step.RESTORE,
}


def _work(world: World, index: int, without: frozenset[Guard]) -> Iterator[Move]:
    worker, name = world.workers[index], f"worker {index + 1}"
    if worker.step is None:
        yield from _arm(world, index, name, without)
        return
    yield f"{name} dies", _with(world, index, Worker()), ""
    if not worker.sent:
        yield from _send(world, index, name)
    else:
        yield from _record(world, index, name, without)


def _arm(world: World, index: int, name: str, without: frozenset[Guard]) -> Iterator[Move]:
    """Look, ask the guards, and hold a request ready. The deletion's fence is committed before its request."""
    step = EFFECTS.get(world.course.stage)
    if world.course.stage is Stage.SUSPENDED_UNVERIFIED and "J" in world.marked:
        after = _step(world, Step.VERIFY, facts_of(world, "machine", f"verify:{world.course.revision}"), without)
        if after is not None:
            yield f"{name} verifies from outside", after, ""
    if step is None:
        return
    for bound in (True, False) if "unbound" in world.hazards else (True,):
        for wide in (False, True) if "wide" in world.hazards and step in FENCES else (False,):
            facts = facts_of(world, name, _key(world, step), bound=bound, wide=wide)
            armed = Worker(step, bound, wide, world.course.revision, flaws=world.hazards)
            if step in FENCES:
                after = _step(world, step, facts, without)
                if after is not None:
                    held = replace(armed, step=Step.CONFIRM, revision=after.course.revision)
                    yield f"{name} passes the fence: {step}", _with(after, index, held), _wrong_begin(world)
            elif not hurdles(world.course, step, facts, without):
                yield f"{name} arms {step}{'' if bound else ' unbound'}", _with(world, index, armed), ""
            yield from _changed(world, index, name, facts)


def _key(world: World, step: Step) -> str:
    """An attempt's key: one for a measure, a fresh one for each new attempt at a deletion, two of which are enough."""
    tried = sum(key.startswith(f"{step}:") for key in world.course.keys)
    return f"{step}:{min(tried, 1)}" if step is Step.RESUME else f"{step}:1"


def _changed(world: World, index: int, name: str, facts: Facts) -> Iterator[Move]:
    """The object is another one now: our mark comes off it, and it is scanned again."""
    if facts.seen_sha256 == JUDGED and facts.seen_etag == "eJ":
        return
    cleaned = replace(world, marked=world.marked - {"N"})
    after = _step(cleaned, Step.CHANGE, replace(facts, key=f"change:{world.course.revision}"), frozenset())
    if after is not None:
        yield f"{name} sees other bytes: rescan", _with(after, index, Worker()), ""


def _wrong_begin(world: World) -> str:
    """Whether destroying now would break I6."""
    trail, now = world.course.trail, START + TICK * world.tick
    if trail.appeal in (Appealed.OPEN, Appealed.GRANTED):
        return "I6 deleting under an appeal"
    if trail.cool_until is None or now < trail.cool_until:
        return "I6 deleting before the cool-off is over"
    if "hold" in world.hazards:
        return "I6 deleting under a legal hold"
    if "crowd" in world.hazards:
        return "I6 deleting above the ceiling of the hour"
    if trail.proposer not in PEOPLE:
        return "I6 a machine proposed the deletion"
    if trail.approver not in PEOPLE or trail.approver == trail.proposer:
        return "I6 deleting without two people"
    if not {trail.proposer, trail.approver} <= world.opened:
        return "I6 deleting without having seen the evidence"
    return ""


def _send(world: World, index: int, name: str) -> Iterator[Move]:
    """The request reaches the store, which honours what it names."""
    worker = world.workers[index]
    sent = _with(world, index, replace(worker, sent=True))
    hit = _hit(world, worker)
    if worker.step is Step.APPLY:
        after = replace(sent, marked=sent.marked | {hit}) if hit else sent
        yield f"{name} suspends {hit or 'nothing'}", after, _wrong_suspend(world, worker, hit)
    elif worker.step is Step.RESTORE:
        if world.owners_edit and "reacl" not in worker.flaws:
            yield f"{name} compares, sees the owner's edit, changes nothing", _with(world, index, Worker()), ""
            return
        wrong = "I14 the owner's own change was overwritten" if world.owners_edit else ""
        yield f"{name} restores", replace(sent, marked=frozenset()), wrong
    else:
        rest = tuple(one for one in world.objects if one != hit)
        gone = replace(sent, objects=rest, neighbour=world.neighbour and not worker.wide)
        yield f"{name} deletes {hit or 'nothing'}", gone, _wrong_delete(world, worker, hit)


def _hit(world: World, worker: Worker) -> str:
    """Which bytes the request falls on: what it names, or nothing; unbound, whatever is newest."""
    if not world.objects:
        return ""
    if not worker.bound:
        return world.objects[-1]
    if world.versioned:
        return "J" if "J" in world.objects else ""
    if worker.step is Step.APPLY:
        return world.objects[-1]  # a tag cannot be put conditionally: it is looked at again before it is recorded
    return "J" if world.objects[-1] == "J" else ""


def _wrong_suspend(world: World, worker: Worker, hit: str) -> str:
    if "tainted" in worker.flaws and hit:
        return "I3 acted without evidence"
    if hit == "N" and (world.versioned or not worker.bound):
        return "I4 suspended other bytes than the judged ones"
    if hit and world.course.trail.by_machine:
        flaws = [flaw for flaw in ("gate", "breaker", "protected") if flaw in worker.flaws]
        return f"machine acted in spite of: {flaws[0]}" if flaws else ""
    return ""


def _wrong_delete(world: World, worker: Worker, hit: str) -> str:
    if hit == "N":
        return "I4 deleted other bytes than the judged ones"
    if worker.wide and world.neighbour:
        return "I4 deleted what nobody had scanned"
    if hit and "tainted" in worker.flaws:
        return "I3 destroyed without evidence"
    return ""


def _record(world: World, index: int, name: str, without: frozenset[Guard]) -> Iterator[Move]:
    """Read back what the world shows, and record it if nobody was faster."""
    worker, free = world.workers[index], _with(world, index, Worker())
    step = worker.step or Step.APPLY
    if worker.revision != world.course.revision:
        yield f"{name} was too late to record {step}", free, ""
        return
    facts = facts_of(world, name, f"{step}:1", bound=worker.bound, wide=worker.wide)
    if step is Step.APPLY and "J" not in world.marked:
        yield from _changed(world, index, name, facts)
        return
    if step is Step.CONFIRM and "J" in world.objects:
        yield f"{name} reads back: still there", free, ""
        return
    # what was done is recorded whatever the guards say by now; they were asked before it was done
    after = _step(world, step, facts, without | (frozenset(Guard) - {Guard.G14}))
    if after is not None:
        over = world.over or step is Step.RESTORE
        yield f"{name} records {step}", replace(_with(after, index, Worker()), over=over), ""


def _with(world: World, index: int, worker: Worker) -> World:
    pair = (worker, world.workers[1]) if index == 0 else (world.workers[0], worker)
    return replace(world, workers=pair)
