"""`aup orders` and `aup notices`: orders of authorities, and what owners are told."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import click

from scanner.bootstrap import open_house
from scanner.bootstrap_rights import RightsHouse, open_rights
from scanner.cli.exits import CLEAN, line, visible
from scanner.cli.options import BY, JSON, REASON
from scanner.domain.enforcement.orders import WANTS, Order
from scanner.services.ordering import check_people, order_id
from scanner.wire.records import to_plain

DAY = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])


def _rights(context: click.Context) -> RightsHouse:
    return open_rights(open_house(context.obj(), role="cli"))


@click.group()
def orders() -> None:
    """Orders of authorities: kept with document, scope and end; the workers carry them out."""


@orders.command(
    name="file",
    epilog="Example: aup orders file --authority 'Court of Haidian' --reference 17/2026 --document order.pdf"
    " --legal-basis 'Cybersecurity Law art. 47' --scope tenant-a/bad --wants suspend --ends 2026-12-31",
)
@click.option("--authority", required=True)
@click.option("--reference", required=True, help="The order's own number.")
@click.option("--document", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--legal-basis", required=True)
@click.option("--scope", multiple=True, required=True, help="A bucket or bucket/prefix; may be given again.")
@click.option("--wants", type=click.Choice(WANTS), required=True)
@click.option("--clause", default="3.1.3.5.8", show_default=True, help="The clause that owners are told of.")
@click.option("--ends", type=DAY, help="UTC; the restriction ends with it [default: as every restriction].")
@click.option("--confidential-until", type=DAY, help="UTC; owners are not told before (needs --second).")
@click.option("--second", default="", help="The second person who stands for that.")
@BY
@JSON
@click.pass_context
def file_order(
    context: click.Context,
    authority: str,
    reference: str,
    document: Path,
    legal_basis: str,
    scope: tuple[str, ...],
    wants: str,
    clause: str,
    ends: datetime | None,
    confidential_until: datetime | None,
    second: str,
    person: str,
    as_json: bool,
) -> int:
    """Take an order; what it lacks is named. It is carried out at the next `aup enforce` or beat of the workers."""
    order = Order(
        id=order_id(authority, reference, wants),
        authority=authority,
        reference=reference,
        document_sha256=hashlib.sha256(document.read_bytes()).hexdigest(),
        legal_basis=legal_basis,
        scope=scope,
        received_at=datetime.now(UTC),
        ends_at=_utc(ends),
        wants=wants,
        confidential_until=_utc(confidential_until),
        clause=clause,
        filed_by=person,
        second=second,
    )
    _told(_rights(context).ordering.file(check_people(order)), as_json)
    return CLEAN


@orders.command(name="list")
@JSON
@click.pass_context
def list_orders(context: click.Context, as_json: bool) -> int:
    """Orders in force, counted apart from everything that the scanner found itself."""
    rights = _rights(context)
    found = rights.kept.orders(datetime.now(UTC))
    for order in found:
        _told(order, as_json)
    if not as_json:
        click.echo(f"{len(found)} orders in force")
    return CLEAN


@click.group()
def notices() -> None:
    """Statements of reasons to owners."""


@notices.command(name="show", epilog="Example: aup notices show N0123 --json")
@click.argument("notice_id")
@JSON
@click.pass_context
def show_notice(context: click.Context, notice_id: str, as_json: bool) -> int:
    """One notice: what its owner was told, and whether it was taken."""
    notice = _rights(context).kept.notice(notice_id)
    if as_json:
        line(to_plain(notice))
        return CLEAN
    click.echo(visible(f"{notice.id} {notice.state} {notice.outcome}"))
    for name in ("account", "scope", "clause", "facts_zh", "facts_en", "applied_at", "ends_at", "appeal_link"):
        click.echo(visible(f"  {name}: {getattr(notice, name)}"))
    return CLEAN


@notices.command(epilog="Example: aup notices withhold N0123 --second wang --days 14 --reason 'inquiry 3/2026'")
@click.argument("notice_id")
@click.option("--second", required=True, help="The other person who stands for it.")
@click.option("--days", type=click.IntRange(1, 365), required=True)
@REASON
@BY
@JSON
@click.pass_context
def withhold(
    context: click.Context, notice_id: str, second: str, days: int, reason: str, person: str, as_json: bool
) -> int:
    """Keep a notice back for a time: two people, a reason, an end (G10)."""
    kept = _rights(context).noticing.withhold(notice_id, person, second, reason, days)
    line(to_plain(kept)) if as_json else click.echo(f"{kept.id} {kept.state} until {kept.due_at}")
    return CLEAN


def _told(order: Order, as_json: bool) -> None:
    if as_json:
        line(to_plain(order))
        return
    ends = f"{order.ends_at:%Y-%m-%d}" if order.ends_at else "no end"
    scope = ", ".join(order.scope)
    click.echo(visible(f"{order.id} {order.wants} {scope} ({order.authority} {order.reference}, {ends})"))


def _utc(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
