"""`aup stores`, `aup courses`, `aup appeals`, `aup deletions`, `aup enforce`: what people do about measures."""

from dataclasses import asdict

import click

from scanner.bootstrap import House, open_house
from scanner.bootstrap_gate import open_gating
from scanner.bootstrap_rights import open_rights, store_abilities
from scanner.cli.exits import CLEAN, FINDINGS, line, visible
from scanner.cli.gates import admit, gate, gates, show_gates
from scanner.cli.options import BY, JSON, REASON, houses
from scanner.domain.actions import ActionState
from scanner.domain.enforcement.abilities import Abilities
from scanner.domain.enforcement.appeals import Ground
from scanner.domain.enforcement.course import Course
from scanner.domain.enforcement.roles import enforcer_role, probe_role, scanner_role, vault_role
from scanner.errors import UnknownError
from scanner.wire.records import to_plain


@click.group()
def stores() -> None:
    """What the object store was shown to do: nothing else is asked of it."""


@stores.command(epilog="Example: aup stores probe (canaries in scratch buckets of ours; no tenant's object is touched)")
@JSON
@click.pass_context
def probe(context: click.Context, as_json: bool) -> int:
    """Try every promise on canaries of our own, and remember what was kept."""
    return _show(store_abilities(context.obj()).renew(), context.obj().vault_bucket, as_json)


@stores.command()
@JSON
@click.pass_context
def show(context: click.Context, as_json: bool) -> int:
    """Show the last probe (and probe, if there was none), and every bucket's serving gate."""
    if not as_json:
        show_gates(open_gating(open_house(context.obj(), role="cli")).gates())
    return _show(store_abilities(context.obj())(), context.obj().vault_bucket, as_json)


@stores.command(epilog="Example: aup stores roles --bucket tenant-a --vault aup-vault")
@click.option("--bucket", "buckets", multiple=True, required=True, help="A tenant's bucket; may be given again.")
@click.option("--vault", default="aup-vault", help="The bucket of the evidence vault.")
@click.option("--deletes", is_flag=True, help="Let the enforcer delete single versions.")
@click.option("--moves", default="", help="Let it move objects of unversioned buckets to this quarantine bucket.")
@click.option("--every-store", is_flag=True, help="Rights for every way [default: those that the last probe showed].")
@click.pass_context
def roles(
    context: click.Context, buckets: tuple[str, ...], vault: str, deletes: bool, moves: str, every_store: bool
) -> int:
    """Print the least-privilege policies of scanner, enforcer, vault and of whoever probes the store."""
    shown = None if every_store else store_abilities(context.obj()).remembered()
    line(
        {
            "scanner": scanner_role(buckets, moves=moves),
            "enforcer": enforcer_role(buckets, deletes=deletes, moves=moves, shown=shown),
            "vault": vault_role(vault),
            "probe": probe_role(),
        }
    )
    return CLEAN


def _show(shown: Abilities, bucket: str, as_json: bool) -> int:
    worm = shown.vault_is_worm and bool(bucket)
    bad = bool(shown.dangers) or (bool(bucket) and not worm)
    if as_json:
        line({**asdict(shown), "vault": f"s3://{bucket}" if worm else "folder"})
        return FINDINGS if bad else CLEAN
    for name, value in asdict(shown).items():
        word = {True: "kept", False: "not shown"}.get(value, value) if isinstance(value, bool) else value
        click.echo(f"  {name:18} {visible(str(word or '-'))}")
    able = "" if shown.vault_is_worm else ": the store was not shown to keep COMPLIANCE"
    click.echo(f"evidence under Object Lock: {f'yes, s3://{bucket}' if worm else f'no, an append-only folder{able}'}")
    if shown.vault_is_worm and not bucket:
        click.echo("  the store would keep COMPLIANCE locks: name a bucket in vault_bucket")
    return FINDINGS if bad else CLEAN


for command in (gates, gate, admit):
    stores.add_command(command)


@click.command(epilog="Example: aup enforce --dry-run (writes nothing anywhere)")
@click.option("--dry-run", is_flag=True, help="Only say what is due.")
@JSON
@click.pass_context
def enforce(context: click.Context, dry_run: bool, as_json: bool) -> int:
    """Do once what the workers do on their schedule: actions, notices, the watch, ends, retention."""
    house = open_house(context.obj(), role="cli")
    if dry_run:
        actions, counts = house.outbox.due_actions(house.enforcing.clock.now(), 10_000), dict[str, int]()
    else:
        rights = open_rights(house)
        ordered = rights.ordering.carry_out()  # what an order files is carried out by this very call
        actions = house.enforcing.carry_out(10_000)
        counts = {**rights.beat(), **{f"by order: {word}": count for word, count in ordered.items()}}
    for action in actions:
        line(to_plain(action)) if as_json else click.echo(
            visible(f"{action.id} {action.measure} {action.state} {action.subject.url} {action.outcome}")
        )
    if not as_json:
        click.echo(", ".join(f"{count} {word}" for word, count in counts.items() if count) or "nothing else was due")
    return CLEAN


@click.group()
def courses() -> None:
    """Where enforcement over one judged version stands."""


@courses.command(name="show", epilog="Example: aup courses show C0123456789abcde")
@click.argument("case_id")
@JSON
@click.pass_context
def show_course(context: click.Context, case_id: str, as_json: bool) -> int:
    """A case's course, its notices, appeals, and every entry of the audit log about it."""
    house, rights = houses(context)
    course = _course(house, case_id)
    related = {course.id, case_id, house.casebook.case(case_id).evidence}
    related |= {action.id for action in house.outbox.actions_of(case_id)}
    notices, appeals = rights.kept.notices_of(course.id), rights.kept.appeals_of(course.id)
    related |= {one.id for one in notices} | {one.id for one in appeals}
    wide = _wide(house, case_id)
    related |= {one.id for one in wide}
    if as_json:
        told = {"course": course, "notices": notices, "appeals": appeals, "wide": wide}
        line({name: to_plain(value) for name, value in told.items()})
        return CLEAN
    click.echo(visible(f"{course.id} {course.stage} {course.subject.url}"))
    click.echo(f"  grounds {', '.join(course.grounds) or '-'}, ends {course.ends_at or '-'}")
    for one in wide:
        click.echo(visible(f"  wide {one.id} {one.stage} {one.subject.bucket} {one.subject.key} ends {one.ends_at}"))
    for notice in notices:
        click.echo(f"  notice {notice.id} {notice.state} {visible(notice.outcome)}")
    for appeal in appeals:
        click.echo(f"  appeal {appeal.id} {appeal.state} ({appeal.ground}) {visible(appeal.reason)}")
    for entry in rights.entries(related):
        click.echo(
            visible(f"  {entry['at'][:19]} {entry['actor']:10} {entry['verb']:22} {entry['thing']} {entry['reason']}")
        )
    return CLEAN


@courses.command(epilog="Example: aup courses renew C0123456789abcde --days 90 --reason 'still served elsewhere'")
@click.argument("case_or_course")
@click.option("--days", type=click.IntRange(1, 3650), required=True)
@REASON
@BY
@JSON
@click.pass_context
def renew(context: click.Context, case_or_course: str, days: int, reason: str, person: str, as_json: bool) -> int:
    """Prolong a restriction: without a person it ends by itself. Its owner is told the new end.

    A case stands for what holds its object; a wider measure is named by its own course (see `aup courses show`).
    """
    house, rights = houses(context)
    named = rights.kept.course(case_or_course) or _course(house, case_or_course)
    course = rights.noticing.renew(named.id, person, reason, days)
    line(to_plain(course)) if as_json else click.echo(f"{course.id} ends {course.ends_at}")
    return CLEAN


@click.group()
def appeals() -> None:
    """Appeals of owners."""


@appeals.command(name="list")
@click.option("--state", default="OPEN", type=click.Choice(["OPEN", "GRANTED", "DENIED"]))
@JSON
@click.pass_context
def list_appeals(context: click.Context, state: str, as_json: bool) -> int:
    """Appeals in a state, the soonest due first."""
    found = houses(context)[1].kept.appeals(state, 1_000)
    for one in found:
        line(to_plain(one)) if as_json else click.echo(
            visible(f"{one.id} {one.case} {one.ground} {one.due_at} {one.text}")
        )
    if not as_json:
        click.echo(f"{len(found)} appeals")
    return CLEAN


@appeals.command(name="file", epilog="Example: aup appeals file N0123 --ground fixed --text 'the page was cleaned'")
@click.argument("notice_id")
@click.option("--ground", required=True, type=click.Choice([ground.value for ground in Ground]))
@click.option("--text", required=True)
@click.option("--proof", "proofs", multiple=True, help="Name or digest of what the owner sent along.")
@JSON
@click.pass_context
def file_appeal(
    context: click.Context, notice_id: str, ground: str, text: str, proofs: tuple[str, ...], as_json: bool
) -> int:
    """Take an owner's appeal against the restriction that a notice told of."""
    appeal = houses(context)[1].appealing.file(notice_id, Ground(ground), text, proofs)
    word = f"{appeal.id} {appeal.state}, to be judged by {appeal.due_at:%Y-%m-%d}"
    line(to_plain(appeal)) if as_json else click.echo(word)
    return CLEAN


@appeals.command(epilog="Example: aup appeals judge P0123 granted --reason 'a test file' --by wang")
@click.argument("appeal_id")
@click.argument("word", type=click.Choice(["granted", "denied"]))
@REASON
@BY
@JSON
@click.pass_context
def judge(context: click.Context, appeal_id: str, word: str, reason: str, person: str, as_json: bool) -> int:
    """Judge an appeal; whoever had a part in the decision is refused (G11)."""
    done = houses(context)[1].appealing.judge(appeal_id, person, granted=word == "granted", reason=reason)
    told = f"{done.id} {done.state} by {done.judge}" + (f", charged to {done.charged}" if done.charged else "")
    line(to_plain(done)) if as_json else click.echo(told)
    return CLEAN


@click.group()
def deletions() -> None:
    """Deletion: two people who opened the evidence, after notice and cool-off. A machine has no say here."""


@deletions.command(name="list")
@JSON
@click.pass_context
def list_deletions(context: click.Context, as_json: bool) -> int:
    """What is proposed to be deleted, by whom and why, and what becomes of it."""
    found = houses(context)[1].deleting.proposals(10_000)
    for one in found:
        if as_json:
            line(to_plain(one))
            continue
        trail, action = one.course.trail, one.action
        click.echo(visible(f"{one.case.id} {one.course.stage} {one.course.subject.url}"))
        click.echo(visible(f"  proposed by {trail.proposer}: {one.reason or '-'}"))
        if action is not None:
            words = {ActionState.PUT_OFF: "put off until", ActionState.DEAD: "gave up, tried until"}
            due = words.get(action.state, "due")
            word = f"approved by {action.approver}, {due} {action.due_at:%Y-%m-%d %H:%M} {action.outcome}"
            click.echo(visible(f"  {word}".rstrip()))
    if not as_json:
        click.echo(f"{len(found)} deletions")
    return CLEAN


@deletions.command(epilog="Example: aup deletions propose C0123 --reason 'malware, appeal denied' --by li")
@click.argument("case_id")
@REASON
@BY
@JSON
@click.pass_context
def propose(context: click.Context, case_id: str, reason: str, person: str, as_json: bool) -> int:
    """Propose to delete a case's version."""
    course = houses(context)[1].deleting.propose(case_id, person, reason)
    line(to_plain(course)) if as_json else click.echo(f"{course.stage} by {person}")
    return CLEAN


@deletions.command(epilog="Example: aup deletions approve C0123 --reason 'seen it too' --by wang")
@click.argument("case_id")
@REASON
@BY
@JSON
@click.pass_context
def approve(context: click.Context, case_id: str, reason: str, person: str, as_json: bool) -> int:
    """Approve as the second person; it is carried out when the cool-off is over."""
    action = houses(context)[1].deleting.approve(case_id, person, reason)
    line(to_plain(action)) if as_json else click.echo(f"{action.id} due {action.due_at:%Y-%m-%d %H:%M}")
    return CLEAN


@deletions.command()
@click.argument("case_id")
@REASON
@BY
@JSON
@click.pass_context
def withdraw(context: click.Context, case_id: str, reason: str, person: str, as_json: bool) -> int:
    """Take a proposal back."""
    course = houses(context)[1].deleting.withdraw(case_id, person, reason)
    line(to_plain(course)) if as_json else click.echo(f"{course.stage}")
    return CLEAN


def _wide(house: House, case_id: str) -> list[Course]:
    """Courses over places wider than the case's object."""
    case, guarding = house.casebook.case(case_id), house.enforcing.carrying.guarding
    places = {one.subject for one in house.outbox.actions_of(case_id) if one.subject.bucket != case.subject.bucket}
    found = [guarding.course(place, case.sha256) for place in sorted(places, key=lambda one: one.url)]
    return [one for one in found if one.revision]


def _course(house: House, case_id: str) -> Course:
    case = house.casebook.case(case_id)
    course = house.enforcing.carrying.guarding.course(case.subject, case.sha256)
    if course.revision == 0:
        raise UnknownError("nothing was done about it", where=case_id, mend="see `aup cases show`")
    return course
