"""`aup cdn stop-domain | start-domain | stops`: a whole domain off the CDN and back, by a person."""

import click

from scanner.bootstrap_cdn import open_cdn
from scanner.cli.exits import CLEAN, line, visible
from scanner.cli.options import BY, JSON, REASON
from scanner.domain.actions import Action
from scanner.wire.records import to_plain


@click.command(name="stop-domain", epilog="Example: aup cdn stop-domain www.example.com --case C0123 --reason 'again'")
@click.argument("domain")
@click.option("--case", "case_id", required=True, help="A decided case over something that the domain serves.")
@REASON
@BY
@JSON
@click.pass_context
def stop_domain(context: click.Context, domain: str, case_id: str, reason: str, person: str, as_json: bool) -> int:
    """Take a whole domain off its CDN, as far as strikes carry; `aup enforce` carries it out and looks from outside."""
    _told(open_cdn(context.obj()).stopping.stop(domain, case_id, person, reason), as_json)
    return CLEAN


@click.command(name="start-domain", epilog="Example: aup cdn start-domain www.example.com --reason 'cleaned up'")
@click.argument("domain")
@REASON
@BY
@JSON
@click.pass_context
def start_domain(context: click.Context, domain: str, reason: str, person: str, as_json: bool) -> int:
    """Put a domain that was stopped here back on its CDN."""
    _told(open_cdn(context.obj()).stopping.start(domain, person, reason), as_json)
    return CLEAN


@click.command(epilog="Example: aup cdn stops")
@JSON
@click.pass_context
def stops(context: click.Context, as_json: bool) -> int:
    """Domains that were stopped here, or are about to be."""
    for action in open_cdn(context.obj()).stopping.in_force():
        _told(action, as_json)
    return CLEAN


def _told(action: Action, as_json: bool) -> None:
    if as_json:
        line(to_plain(action))
        return
    told = f"{action.id} {action.measure} {action.state} {action.subject.bucket} {action.case} by {action.proposer}"
    click.echo(visible(f"{told} {action.outcome}"))
