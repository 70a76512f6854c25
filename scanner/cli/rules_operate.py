"""`aup rules import | publish | rollback | versions`: what an operator does with rules."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import click

from scanner.bootstrap_local import load_rulebook
from scanner.cli.exits import CLEAN, FINDINGS, line
from scanner.cli.options import JSON, me
from scanner.cli.rules_folders import (
    OVERLAY,
    RULES,
    columns,
    eyes_of,
    folders_of,
    judging_of,
    settings_of,
    visible_lines,
)
from scanner.domain.clauses import Ceiling
from scanner.domain.content import Sample
from scanner.domain.findings import Confidence, Severity
from scanner.domain.rules import Rulebook
from scanner.errors import UsageError
from scanner.rulebook.check import check_rules
from scanner.rulebook.foreign import Source, slug
from scanner.rulebook.importing import MAX_COST, Taken, grades_of, take, write
from scanner.rulebook.problems import render_all
from scanner.rulebook.samples import read_samples
from scanner.rulebook.second_opinion import Opinion, second_opinion
from scanner.rulebook.sources import read_sources
from scanner.rulebook.store import Store, Version

IMPORT_EXAMPLES = """\b
Examples:
  git clone https://github.com/Yara-Rules/rules /tmp/yara-rules
  aup rules import /tmp/yara-rules --clause 3.1.3.7 --source https://github.com/Yara-Rules/rules \\
      --commit "$(git -C /tmp/yara-rules rev-parse HEAD)" --licence GPL-2.0 --into /etc/aup/rules
The rules start in the nursery: they are counted and judge nothing until overlay.yaml re-grades them.
"""
PUBLISH_EXAMPLES = """\b
Examples:
  aup rules publish --note 'two new phishing kits'
  aup rules publish --rules ./rules --overlay /etc/aup/rules --canary /usr/share/doc
Workers read the published rules when rules_dir and overlay_dir name STORE/current/rules and STORE/current/overlay.
"""
STORE = click.option("--store", type=click.Path(path_type=Path), help="Published rulebooks [default: the state's].")
MAX_CANARY = 2_000  # files of each canary folder


@click.command("import", epilog=IMPORT_EXAMPLES)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.option("--clause", required=True, help="The clause that all of them stand under.")
@click.option("--source", "url", required=True, help="Where the set comes from.")
@click.option("--commit", required=True, help="Which state of it.")
@click.option("--licence", required=True, help="Under which licence.")
@click.option("--into", type=click.Path(path_type=Path), help="Operator's folder [default: the settings'].")
@click.option("--name", help="Short name of the set [default: the end of its source].")
@click.option("--severity", type=click.Choice([each.name.lower() for each in Severity]), default="medium")
@click.option("--max-cost", type=float, default=MAX_COST, show_default=True, help="µs per 10 KB; dearer is set aside.")
@RULES
@JSON
@click.pass_context
def import_set(
    context: click.Context,
    folder: Path,
    clause: str,
    url: str,
    commit: str,
    licence: str,
    into: Path | None,
    name: str | None,
    severity: str,
    max_cost: float,
    rules_dir: Path | None,
    as_json: bool,
) -> int:
    """Take over a foreign YARA set: broken rules are set aside with their reason, the rest goes to the nursery."""
    shipped = folders_of(context, rules_dir, None).rules
    target = _operator_folder(context, into, shipped)
    ceiling = min(Ceiling.REVIEW, load_rulebook(shipped).agreement.clause(clause).ceiling).name.lower()
    grades = grades_of(clause, severity, Confidence.LOW.name.lower(), ceiling, "nursery")
    short = slug(name or url.rstrip("/").removesuffix(".git").rsplit("/", 1)[-1])
    taken = take(folder, max_cost)
    today = datetime.now(UTC).date().isoformat()
    write(taken, Source(short, url, commit, licence, grades, today), target)
    book = load_rulebook(shipped, target)
    if as_json:
        for each in taken.aside:
            line({"file": each.path, "rule": each.rule, "set_aside": each.reason})
        line({"name": short, "files": len(taken.kept), "rules": taken.rules, "set_aside": len(taken.aside)})
    else:
        click.echo(visible_lines("\n".join(_import_report(taken, short, target, book))))
    return CLEAN


@click.command(epilog=PUBLISH_EXAMPLES)
@RULES
@OVERLAY
@STORE
@click.option("--note", default="", help="What is new in it.")
@click.option("--canary", multiple=True, type=click.Path(exists=True, path_type=Path), help="Harmless files to try.")
@click.option("--quick", is_flag=True, help="Leave out what is measured: cost, crafted bytes, yara-x.")
@JSON
@click.pass_context
def publish(
    context: click.Context,
    rules_dir: Path | None,
    overlay: Path | None,
    store: Path | None,
    note: str,
    canary: tuple[Path, ...],
    quick: bool,
    as_json: bool,
) -> int:
    """Check the rules, try them on harmless content, and put them in force in one switch; the old ones are kept.

    Where yara-x is installed it is asked the same rules over samples and canaries, and differences are told.
    """
    folders, shelf = folders_of(context, rules_dir, overlay), _store(context, store)
    report = check_rules(folders.rules, eyes_of, folders.overlay, quick=quick)
    if report.book is None or report.errors:
        click.echo(visible_lines(render_all(report.errors, report.texts)), err=True)
        click.echo(f"not published: {len(report.errors)} errors", err=True)
        return FINDINGS
    harmless = _canaries(folders.rules, canary)
    fresh = _new_alarms(report.book, shelf.book(), harmless)
    if fresh:
        for name, rule in fresh[:20]:
            click.echo(visible_lines(f"canary: {rule} flags {name}, which the rules in force do not"), err=True)
        click.echo(f"not published: {len(fresh)} new alarms on harmless content", err=True)
        return FINDINGS
    if not quick:
        _tell_opinion(second_opinion(report.book, [*harmless, *_hits(folders.rules)]))
    version = shelf.publish(folders.rules, folders.overlay, report.book, me(), datetime.now(UTC), note)
    _told(version, "published", as_json)
    _tell_where_read(context, shelf)
    return CLEAN


@click.command()
@click.argument("digest", required=False, default="")
@STORE
@JSON
@click.pass_context
def rollback(context: click.Context, digest: str, store: Path | None, as_json: bool) -> int:
    """Put the previous rulebook back in force, or the one whose digest begins with DIGEST."""
    shelf = _store(context, store)
    version = shelf.roll_back(me(), datetime.now(UTC), digest)
    _told(version, "rolled back to", as_json)
    _tell_where_read(context, shelf)
    return CLEAN


@click.command()
@STORE
@JSON
@click.pass_context
def versions(context: click.Context, store: Path | None, as_json: bool) -> int:
    """The published rulebooks, newest first; the one in force is marked."""
    found = _store(context, store).versions()
    if as_json:
        for each in found:
            line({"digest": each.digest, "current": each.current, "rules": each.rules, "published": each.published})
        return CLEAN
    rows = [("●" if e.current else "", e.digest[:12], e.published, e.publisher, str(e.rules), e.note) for e in found]
    click.echo(visible_lines("\n".join(columns([("", "digest", "published", "by", "rules", "note"), *rows]))))
    return CLEAN


def _operator_folder(context: click.Context, into: Path | None, shipped: Path) -> Path:
    settings = settings_of(context)
    target = into or (Path(settings.overlay_dir) if settings.overlay_dir else None)
    if target is None:
        raise UsageError("no folder of the operator's is known", mend="name one with --into, or set overlay_dir")
    if target.resolve().is_relative_to(shipped.resolve()):
        mend = "use a folder of your own: an upgrade replaces the shipped rules"
        raise UsageError("foreign rules do not go into the shipped rules", where=str(target), mend=mend)
    return target


def _import_report(taken: Taken, short: str, target: Path, book: Rulebook) -> list[str]:
    reasons = Counter(_kind(each.reason) for each in taken.aside)
    rows = [(str(count), reason) for reason, count in reasons.most_common(12)]
    total = len(book.rules)
    return [
        f"{short}: {taken.rules} rules in {len(taken.kept)} files taken over, {len(taken.aside)} set aside",
        *(f"  {text}" for text in (columns(rows) if rows else [])),
        f"recorded in {target / 'imported' / 'SOURCES.toml'}; status nursery; the rulebook now holds {total} rules",
        f"try it: aup scan PATH --overlay {target}; in force where overlay_dir names that folder",
    ]


def _kind(reason: str) -> str:
    """The reason without the names in it, so that equal ones are counted together."""
    head = reason.split('"')[0].split(" as in ")[0].strip()
    return head if not head.startswith("costs ") else "costs too much"


def _store(context: click.Context, store: Path | None) -> Store:
    return Store(store or settings_of(context).state / "rulebooks")


def _canaries(rules: Path, folders: tuple[Path, ...]) -> list[Sample]:
    samples, _ = read_samples(read_sources(rules))
    found = [Sample(each.name, each.data) for each in samples if each.kind == "miss"]
    for folder in folders:
        files = sorted(file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())
        found.extend(Sample(str(file), file.read_bytes()) for file in files[:MAX_CANARY])
    return found


def _hits(rules: Path) -> list[Sample]:
    """What the rules were written to find."""
    samples, _ = read_samples(read_sources(rules))
    return [Sample(each.name, each.data) for each in samples if each.kind == "hit"]


def _tell_opinion(opinion: Opinion) -> None:
    """Where another engine disagrees: for a person to look at. The engine that judges is the one that decides."""
    if opinion.silent:
        click.echo(visible_lines(f"no second opinion: {opinion.silent}"), err=True)
        return
    for name, rule, engine in opinion.differing[:20]:
        click.echo(visible_lines(f"second opinion: only {engine} finds {rule} in {name}"), err=True)
    left = f", {opinion.left_out} left out over the bound of bytes" if opinion.left_out else ""
    refused = f"; {len(opinion.refused)} files that it refuses" if opinion.refused else ""
    differ = f"{len(opinion.differing)} differences over {opinion.asked} contents{left}{refused}"
    click.echo(f"second opinion: {opinion.engine}, {differ}", err=True)


def _new_alarms(book: Rulebook, before: Rulebook | None, canaries: list[Sample]) -> list[tuple[str, str]]:
    """Harmless content that the new rules flag and the old ones do not, with the rule."""
    now = judging_of(book)
    flagged = [(sample, rules) for sample in canaries if (rules := now(sample))]
    known = judging_of(before) if before and flagged else (lambda _: frozenset[str]())
    return [(sample.name, sorted(rules)[0]) for sample, rules in flagged if rules - known(sample)]


def _tell_where_read(context: click.Context, store: Store) -> None:
    """Say it where the settings read other folders than the published ones: nothing is in force there by this."""
    settings, current = settings_of(context), store.current.absolute()
    wanted = {"rules_dir": current / "rules"}
    if settings.overlay_dir or any((current / "overlay").iterdir()):
        wanted["overlay_dir"] = current / "overlay"
    if any(Path(getattr(settings, name)).absolute() != path for name, path in wanted.items()):
        mend = " and ".join(f'{name} = "{path}"' for name, path in wanted.items())
        click.echo(visible_lines(f"not in force yet: these settings read other rules; set {mend}"), err=True)


def _told(version: Version, verb: str, as_json: bool) -> None:
    if as_json:
        line({"digest": version.digest, "rulebook": version.rulebook, "rules": version.rules})
    else:
        click.echo(f"{verb} {version.digest[:12]}: {version.rules} rules, rulebook {version.rulebook[:12]}")
