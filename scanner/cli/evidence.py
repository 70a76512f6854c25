"""`aup evidence`: verify a bundle offline; export one, with a custody entry."""

import getpass
from pathlib import Path

import click

from scanner.bootstrap import open_house
from scanner.cli.exits import FINDINGS, line, visible
from scanner.errors import UsageError
from scanner.wire.verify import verify_bundle


@click.group()
def evidence() -> None:
    """Verify and export sealed evidence."""


@evidence.command(epilog="Example: aup evidence verify E0123.aupe --public-key seal.pub")
@click.argument("bundle", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--public-key", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="[default: our own].")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def verify(context: click.Context, bundle: Path, public_key: Path | None, as_json: bool) -> int:
    """Prove a bundle's seal, manifest and payload hash without any database."""
    key = public_key or context.obj().state / "keys" / "seal.pub"
    if not key.is_file():
        raise UsageError("no public key there", where=str(key), mend="name the sealer's seal.pub with --public-key")
    report = verify_bundle(bundle.read_bytes(), key.read_bytes())
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


@evidence.command(epilog="Example: aup evidence export C0123 --to case.aupe --reason 'order 17/2026'")
@click.argument("case_id")
@click.option(
    "--to", "target", required=True, type=click.Path(path_type=Path), help="File to write; never overwritten."
)
@click.option("--reason", required=True, help="Why, and for whom; kept in the audit log.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.pass_context
def export(context: click.Context, case_id: str, target: Path, reason: str, as_json: bool) -> int:
    """Write a case's sealed bundle to a file."""
    if target.exists():
        raise UsageError("the file exists", where=str(target), mend="name another: evidence is never overwritten")
    custody, bundle = open_house(context.obj(), role="cli").custodian.export(case_id, getpass.getuser(), reason)
    target.write_bytes(bundle)
    if as_json:
        line({"case": case_id, "evidence": custody.id, "file": str(target), "sha256": custody.sha256})
    else:
        click.echo(f"{custody.id} written to {target} (sha256 {custody.sha256})")
    return 0
