"""`aup stores gates|gate|admit`: which buckets serve only what was found clean."""

import click

from scanner.bootstrap import open_house
from scanner.bootstrap_gate import open_gating
from scanner.cli.exits import CLEAN, FINDINGS, line, visible
from scanner.cli.options import BY, JSON, REASON
from scanner.domain.content import Subject
from scanner.domain.gates import Gate, GateMode
from scanner.services.gating import Gating


@click.command()
@JSON
@click.pass_context
def gates(context: click.Context, as_json: bool) -> int:
    """Show every bucket's serving gate: its mode, and whether its owner could write the tag (exit 1: one could)."""
    found = _gating(context).gates()
    show_gates(found, as_json=as_json)
    return FINDINGS if any(gate.is_tended and gate.open_to_forging for gate in found) else CLEAN


@click.command(epilog="Example: aup stores gate tenant-a gate")
@click.argument("bucket")
@click.argument("mode", type=click.Choice(["gate", "monitor"]))
@BY
@JSON
@click.pass_context
def gate(context: click.Context, bucket: str, mode: str, person: str, as_json: bool) -> int:
    """Serve a bucket's versions to the world only once they are CLEAN (gate), or at once (monitor).

    What is clean already is opened first; what was never scanned stays closed: rescan the bucket.
    """
    show_gates([_gating(context).choose(bucket, GateMode(mode), person)], as_json=as_json)
    return CLEAN


@click.command(epilog="Example: aup stores admit tenant-a a/key --version V1 --reason 'a false alarm, case C0123'")
@click.argument("bucket")
@click.argument("key")
@click.option("--version", required=True, help="The version's id.")
@REASON
@BY
@click.pass_context
def admit(context: click.Context, bucket: str, key: str, version: str, reason: str, person: str) -> int:
    """Open one version of a gated bucket by a person's word, until its next verdict."""
    _gating(context).admit(Subject(bucket, key, version), person, reason)
    click.echo("open")
    return CLEAN


def show_gates(found: list[Gate], *, as_json: bool = False) -> None:
    """One line a bucket."""
    for one in found:
        if as_json:
            line({"bucket": one.bucket, "mode": one.mode, "forging": one.open_to_forging, "trouble": one.trouble})
            continue
        guarded = f"its owner could write the tag: {one.open_to_forging}" if one.open_to_forging else "tag protected"
        told = f"s3://{one.bucket} {one.mode}" + (f", {guarded}" if one.is_tended else "")
        click.echo(visible(told + (f"; trouble: {one.trouble}" if one.trouble else "")))


def _gating(context: click.Context) -> Gating:
    return open_gating(open_house(context.obj(), role="cli"))
