"""`aup audit`: sign the log's state, export the log, and check it anywhere with a public key alone."""

import base64
import json
from pathlib import Path

import click

from scanner.bootstrap import open_house
from scanner.bootstrap_rights import open_rights
from scanner.cli.exits import CLEAN, FINDINGS, line, visible
from scanner.cli.options import ONE_JSON
from scanner.domain.audit import Chained
from scanner.errors import UsageError, VaultError
from scanner.wire.checkpoints import verify_log
from scanner.wire.timestamps import check_stamp
from scanner.wire.verify import Report

OUT = click.Path(path_type=Path, file_okay=False)
IN = click.Path(path_type=Path, exists=True, file_okay=False)


@click.group()
def audit() -> None:
    """The hash-chained audit log and its signed checkpoints."""


@audit.command(epilog="Example: aup audit checkpoint (also done on the workers' schedule)")
@click.pass_context
def checkpoint(context: click.Context) -> int:
    """Sign the log as it stands, and put the checkpoint into every anchor."""
    keeping = open_rights(open_house(context.obj(), role="cli")).checkpointing
    point = keeping.take()
    click.echo(f"{point.size} entries, root {point.root}" if point else "nothing is new since the last checkpoint")
    if keeping.authority is not None:
        click.echo(f"{keeping.stamp()} stamped by {visible(context.obj().tsa_url)}")
    return CLEAN


@audit.command(epilog="Example: aup audit export log-2026-03")
@click.argument("folder", type=OUT)
@click.pass_context
def export(context: click.Context, folder: Path) -> int:
    """Write the whole log, its checkpoints and the public key into a new folder."""
    if folder.exists():
        raise UsageError("it exists already", where=str(folder), mend="name a new folder")
    house = open_house(context.obj(), role="cli")
    keeping = open_rights(house).checkpointing
    keeping.take()
    entries = keeping.log()
    folder.mkdir(parents=True)
    (folder / "log.jsonl").write_text("".join(_written(entry) for entry in entries), encoding="ascii")
    for number, document in enumerate(keeping.documents()):
        (folder / f"checkpoint-{number:06}.json").write_bytes(document)
    for number, (document, answer) in enumerate(keeping.stamps()):
        (folder / f"stamped-{number:06}.json").write_bytes(document)
        (folder / f"stamped-{number:06}.tsr").write_bytes(answer)
    (folder / "seal.pub").write_bytes(house.keys.public)
    click.echo(f"{len(entries)} entries written to {folder}")
    return CLEAN


@audit.command(epilog="Example: aup audit verify log-2026-03 --public-key seal.pub (needs no database)")
@click.argument("folder", type=IN)
@click.option(
    "--public-key", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="[default: the folder's]."
)
@click.option(
    "--tsa-root",
    "roots",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="PEM of a timestamping authority's root: its stamps are checked too.",
)
@ONE_JSON
@click.pass_context
def verify(
    context: click.Context, folder: Path, public_key: Path | None, roots: tuple[Path, ...], as_json: bool
) -> int:
    """Check an exported log: edits, removals, swaps, cuts, re-chaining, forks, and timestamps."""
    entries = [_read(text, folder) for text in (folder / "log.jsonl").read_text(encoding="ascii").splitlines()]
    documents = [path.read_bytes() for path in sorted(folder.glob("checkpoint-*.json"))]
    report = verify_log(entries, documents, (public_key or folder / "seal.pub").read_bytes())
    if roots:
        report = _stamped(report, folder, [root.read_bytes() for root in roots], documents)
    if as_json:
        line({"valid": report.valid, "problems": list(report.problems), "facts": dict(report.facts)})
    else:
        facts = ", ".join(
            f"{value} {name}" if name not in ("signed up to entry", "oldest timestamp") else f"{name} {value}"
            for name, value in report.facts.items()
        )
        click.echo(f"{'VALID' if report.valid else 'NOT VALID'}: {facts}")
        for problem in report.problems[:20]:
            click.echo(f"  problem: {visible(problem)}")
    return CLEAN if report.valid else FINDINGS


def _stamped(report: Report, folder: Path, roots: list[bytes], documents: list[bytes]) -> Report:
    """The report with every timestamp checked: each must be over a checkpoint of this log."""
    problems, times = list(report.problems), []
    for path in sorted(folder.glob("stamped-*.tsr")):
        document = path.with_suffix(".json").read_bytes()
        if document not in documents:
            problems.append(f"{path.name}: is over a checkpoint that is not in this log")
        try:
            times.append(check_stamp(path.read_bytes(), document, roots))
        except VaultError as error:
            problems.append(f"{path.name}: {error}")
    facts = {**report.facts, "timestamps": len(times)}
    return Report(tuple(problems), {**facts, "oldest timestamp": str(min(times))} if times else facts)


def _written(entry: Chained) -> str:
    body = base64.b64encode(entry.body).decode()
    stated = {"number": entry.number, "body": body, "previous": entry.previous, "digest": entry.digest}
    return json.dumps(stated, separators=(",", ":")) + "\n"


def _read(text: str, folder: Path) -> Chained:
    try:
        stated = json.loads(text)
        body = base64.b64decode(stated["body"], validate=True)
        return Chained(int(stated["number"]), body, str(stated["previous"]), str(stated["digest"]))
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(
            f"a line is no entry: {error!r}", where=str(folder / "log.jsonl"), mend="export it anew"
        ) from error
