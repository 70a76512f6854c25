"""What a rule author needs: a skeleton, a sample, why a rule hits a file or not, the generated page."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click

from scanner.bootstrap_local import detector, load_rulebook
from scanner.cli.exits import CLEAN, FINDINGS, line
from scanner.cli.options import JSON
from scanner.cli.rules_folders import OVERLAY, RULES, Folders, folders_of, visible_lines
from scanner.cli.rules_read import rule_named
from scanner.domain.content import Sample
from scanner.domain.findings import Finding
from scanner.domain.rules import Rule, Rulebook, RuleKind
from scanner.errors import UsageError
from scanner.keywords.packs import parse_pack
from scanner.rulebook.catalogue import catalogue
from scanner.rulebook.contract import LANES
from scanner.rulebook.explaining import explain_yara, explanation_lines
from scanner.rulebook.explaining_words import explain_words, words_lines
from scanner.rulebook.samples import MAX_SAMPLE, read_samples, render_sample
from scanner.rulebook.skeleton import FILL, skeleton
from scanner.rulebook.sources import read_sources

TEST_EXAMPLES = """\b
Examples:
  aup rules test webshell.php-eval-request upload.php
  aup rules test gambling.online-casino page.html
  aup rules test webshell.php-eval-request one-liner.php     (a sample's name works, too)
"""
NEW_EXAMPLES = """\b
Examples:
  aup rules new webshell.lua-eval-request --clause 3.1.3.7 --lane script
  aup rules new gambling.sports-tips --clause 3.1.3.5.4 --engine keywords
"""
SAMPLE_EXAMPLES = """\b
Examples:
  aup rules sample upload.php --origin 'written for this rule' >> rules/samples/webshell.yaml
"""


@click.command(epilog=TEST_EXAMPLES)
@click.argument("rule_id", metavar="RULE")
@click.argument("file", metavar="FILE")
@RULES
@OVERLAY
@JSON
@click.pass_context
def test(
    context: click.Context, rule_id: str, file: str, rules_dir: Path | None, overlay: Path | None, as_json: bool
) -> int:
    """Why a rule hits a file or not: each string, group and window, and each part of the condition.

    Exit status: 0 the rule does not hit, 1 it hits, 2 usage or failure.
    """
    folders = folders_of(context, rules_dir, overlay)
    book = load_rulebook(folders.rules, folders.overlay)
    rule, data = rule_named(book, rule_id), _bytes(file, rule_id, folders)
    seen = detector(book).detect(Sample(Path(file).name, data))
    found = [each for each in seen.findings if each.rule == rule.id]
    if as_json:
        line({"rule": rule.id, "file": file, "hit": bool(found), "findings": [_record(each) for each in found]})
        return FINDINGS if found else CLEAN
    for text in (*_why(rule, book, data, seen.content.family), *_where(found)):
        click.echo(visible_lines(text))
    return FINDINGS if found else CLEAN


@click.command(epilog=NEW_EXAMPLES)
@click.argument("rule_id", metavar="ID")
@click.option("--clause", required=True, help="The clause it stands under.")
@click.option("--engine", type=click.Choice(["yara", "keywords"]), default="yara", show_default=True)
@click.option("--lane", type=click.Choice(LANES), default="any", show_default=True, help="Files it is asked of.")
@RULES
@click.pass_context
def new(context: click.Context, rule_id: str, clause: str, engine: str, lane: str, rules_dir: Path | None) -> int:
    """A new rule's skeleton: once what is marked FILL is written, it passes `aup rules check`."""
    folders = folders_of(context, rules_dir, None)
    book = load_rulebook(folders.rules)
    book.agreement.clause(clause)
    if rule_id in book.rules:
        raise UsageError(f"there is a rule {rule_id!r} already", where=book.rules[rule_id].file, mend="use another id")
    category = rule_id.split(".")[0]
    fresh = not (folders.rules / "samples" / f"{category}.yaml").exists()
    today = datetime.now(UTC).strftime("%Y.%m.1")
    made = skeleton(rule_id, clause, engine=engine, lane=lane, version=today, fresh_samples=fresh)
    for path in made.write(folders.rules):
        click.echo(f"wrote {path}")
    click.echo(f"Next: write what is marked {FILL}, give it samples (`aup rules sample FILE`), run `aup rules check`.")
    return CLEAN


@click.command(epilog=SAMPLE_EXAMPLES)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--origin", required=True, help="Where the bytes come from.")
@click.option("--name", help="Name of the sample [default: the file's].")
def sample(file: Path, origin: str, name: str | None) -> int:
    """A file as an inert sample: one list item for `hit:` or `miss:` in rules/samples."""
    data = file.read_bytes()
    if len(data) > MAX_SAMPLE:
        raise UsageError(f"is over {MAX_SAMPLE} bytes", where=str(file), mend="cut it down to what the rule sees")
    click.echo(render_sample(name or file.name, origin, data), nl=False)
    return CLEAN


@click.command()
@RULES
@click.option("--out", type=click.Path(path_type=Path), help="Write the page here [default: standard output].")
@click.pass_context
def docs(context: click.Context, rules_dir: Path | None, out: Path | None) -> int:
    """The page of all rules, made from the files (docs/rules.md)."""
    page = catalogue(load_rulebook(folders_of(context, rules_dir, None).rules))
    if out is None:
        click.echo(page, nl=False)
    else:
        out.write_text(page, encoding="utf-8")
        click.echo(f"wrote {out}")
    return CLEAN


def _bytes(file: str, rule_id: str, folders: Folders) -> bytes:
    """The file's bytes, or those of the rule's sample of that name."""
    if Path(file).is_file():
        return Path(file).read_bytes()
    samples, _ = read_samples(read_sources(folders.rules))
    named = [each for each in samples if each.name == file and each.rule == rule_id]
    if not named:
        known = ", ".join(each.name for each in samples if each.rule == rule_id) or "none"
        raise UsageError("there is no such file", where=file, mend=f"name a file, or a sample of the rule: {known}")
    return named[0].data


def _why(rule: Rule, book: Rulebook, data: bytes, family: str) -> Iterator[str]:
    if rule.kind is RuleKind.YARA:
        file = next(each for each in book.yara if rule.id in each.names.values())
        yield "raw bytes:"
        yield from explanation_lines(explain_yara(rule, file, data), "  ")
    elif rule.kind is RuleKind.KEYWORDS:
        file = next(each for each in book.keywords if each.path == rule.file)
        yield f"as a file of family {family}:"
        yield from words_lines(explain_words(parse_pack(file.path, file.text), rule.id, data, family))


def _where(found: list[Finding]) -> Iterator[str]:
    yield "whole detection (types, containers, views):"
    if not found:
        yield "  ✗ no hit"
    for each in found:
        place = f" at byte {each.offset}" if each.offset is not None else ""
        yield f"  ✓ {each.path or 'the file'} as {each.layer}{place}: {each.excerpt or each.matched}"
        if each.detail:
            yield f"      {each.detail}"


def _record(each: Finding) -> dict[str, object]:
    place = {"path": each.path, "layer": each.layer, "offset": each.offset, "length": each.length}
    return {**place, "matched": each.matched, "detail": each.detail}
