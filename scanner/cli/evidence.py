"""`aup evidence`: verify a bundle offline; export one, with a custody entry."""

from pathlib import Path

import click

from scanner.bootstrap import open_house
from scanner.bootstrap_rights import open_rights
from scanner.cli.exits import FINDINGS, line, visible
from scanner.cli.options import ONE_JSON, REASON, me
from scanner.errors import UsageError
from scanner.wire.export import Handover, verify_any


@click.group()
def evidence() -> None:
    """Verify and export sealed evidence."""


@evidence.command(epilog="Example: aup evidence verify E0123.aupe --public-key seal.pub")
@click.argument("bundle", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--public-key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="[default: our own].")
@ONE_JSON
@click.pass_context
def verify(context: click.Context, bundle: Path, public_key: Path | None, as_json: bool) -> int:
    """Prove a bundle or an export (seal, manifest, digests, audit entry) without any database."""
    key = public_key or context.obj().state / "keys" / "seal.pub"
    if not key.is_file():
        raise UsageError("no public key there", where=str(key), mend="name the sealer's seal.pub with --public-key")
    report = verify_any(bundle.read_bytes(), key.read_bytes())
    if as_json:
        line(
            {
                "bundle": str(bundle),
                "valid": report.valid,
                "problems": list(report.problems),
                "facts": {name: str(value) for name, value in report.facts.items()},
            }
        )
    else:
        click.echo(f"{visible(bundle.name)}: {'VALID' if report.valid else 'NOT VALID'}")
        for name, value in report.facts.items():
            click.echo(f"  {name}: {visible(str(value))}")
        for problem in report.problems:
            click.echo(f"  problem: {visible(problem)}")
    return 0 if report.valid else FINDINGS


@evidence.command(epilog="Example: aup evidence view C0123 --reason 'to decide' --to seen.bin")
@click.argument("case_id")
@REASON
@click.option("--by", "person", default=me, help="Who looks [default: you].")
@click.option("--to", "target", type=click.Path(path_type=Path), help="File to write [default: only its first bytes].")
@click.pass_context
def view(context: click.Context, case_id: str, reason: str, person: str, target: Path | None) -> int:
    """Open a case's kept content; every view is logged with its reason."""
    if target is not None and target.exists():
        raise UsageError("the file exists", where=str(target), mend="name another")
    content = open_house(context.obj(), role="cli").custodian.view(case_id, person, reason)
    if target is not None:
        target.write_bytes(content)
    click.echo(visible(content[:200].decode("utf-8", "replace")))
    return 0


@evidence.command(epilog="Example: aup evidence export C0123 --to case.aupe --reason 'order 17/2026'")
@click.argument("case_id")
@click.option(
    "--to", "target", required=True, type=click.Path(path_type=Path), help="File to write; never overwritten."
)
@click.option("--reason", required=True, help="Why, and for whom; kept in the audit log.")
@click.option("--receiver", default="", help="With the audit log's proof, for this authority or owner.")
@click.option("--readable", is_flag=True, help="With the key of its content (needs --receiver).")
@ONE_JSON
@click.pass_context
def export(
    context: click.Context, case_id: str, target: Path, reason: str, receiver: str, readable: bool, as_json: bool
) -> int:
    """Write a case's sealed bundle to a file, for a receiver with the proof that the audit log knows it."""
    if target.exists():
        raise UsageError("the file exists", where=str(target), mend="name another: evidence is never overwritten")
    if readable and not receiver:
        raise UsageError("--readable needs --receiver", mend="name who may read the content")
    house = open_house(context.obj(), role="cli")
    custody, bundle = house.custodian.export(case_id, me(), reason)
    if receiver:
        handover = Handover(receiver, reason, me(), house.enforcing.clock.now(), readable)
        bundle = open_rights(house).export(bundle, handover)
    target.write_bytes(bundle)
    if as_json:
        line({"case": case_id, "evidence": custody.id, "file": str(target), "sha256": custody.sha256})
    else:
        click.echo(f"{custody.id} written to {target} (sha256 {custody.sha256})")
    return 0
