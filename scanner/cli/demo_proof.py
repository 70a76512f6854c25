"""What the demo shows at the end: the table, and proof of it from outside."""

import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

from rich.console import Console
from rich.table import Table

from scanner.bootstrap import House
from scanner.cli.demo_stack import Stack
from scanner.cli.exits import line, visible
from scanner.domain.actions import Action, ActionState
from scanner.domain.cases import Case
from scanner.domain.changes import Judged
from scanner.domain.verdicts import WORDS
from scanner.wire.verify import verify_bundle


def table(house: House, screen: Console, *, as_json: bool) -> None:
    """One row per object version: verdict, clause, rule, coverage, action."""
    rows = [judged for _, judged in house.register.verdicts("", "", 0, 10_000)]
    actions = _actions(house)
    if as_json:
        for judged in rows:
            line(_record(judged, actions))
        return
    shown = Table(title=f"{len(rows)} verdicts")
    for name in ("object", "verdict", "clause", "rule", "coverage", "action"):
        shown.add_column(name, no_wrap=True)
    colours = {"VIOLATION": "red", "SUSPECT": "yellow", "CLEAN": "green"}
    for judged in sorted(rows, key=lambda j: (WORDS.index(j.verdict.word), j.subject.url)):
        record = _record(judged, actions)
        word = judged.verdict.word
        cells = [visible(str(record[name])) for name in ("object", "clause", "rule", "coverage", "action")]
        shown.add_row(cells[0], f"[{colours.get(word, 'magenta')}]{word}[/]", *cells[1:])
    screen.print(shown)


def _record(judged: Judged, actions: dict[tuple[str, str, str], Action]) -> dict[str, object]:
    subject, verdict = judged.subject, judged.verdict
    gaps = sorted({gap.reason.value for gap in verdict.coverage.gaps})
    action = actions.get((subject.bucket, subject.key, subject.version_id or subject.etag))
    return {
        "object": f"{subject.bucket}/{subject.key}",
        "verdict": verdict.word,
        "clause": verdict.clause or "-",
        "rule": verdict.rule or "-",
        "coverage": verdict.coverage.reach.value + (f" ({', '.join(gaps)})" if gaps else ""),
        "action": f"{action.measure} {action.state}" if action else "-",
    }


def _cases(house: House) -> list[Case]:
    return house.casebook.cases((), 1_000, "0")


def _actions(house: House) -> dict[tuple[str, str, str], Action]:
    found = [action for case in _cases(house) for action in house.outbox.actions_of(case.id)]
    return {(a.subject.bucket, a.subject.key, a.subject.version_id or a.subject.etag): a for a in found}


def prove(stack: Stack, house: House, screen: Console, bucket: str) -> bool:
    """Ask from outside: suspended objects refused, a neighbour served, bundles verified, cases open."""
    suspended = [action for action in _actions(house).values() if action.state is ActionState.DONE]
    refused = [_status(stack, action.subject.bucket, action.subject.key) for action in suspended]
    for action, status in zip(suspended, refused, strict=True):
        screen.print(f"anonymous GET {visible(action.subject.url)} → {status}", highlight=False)
    neighbour = _status(stack, bucket, "www/page-0.html")
    screen.print(f"anonymous GET s3://{bucket}/www/page-0.html (its clean neighbour) → {neighbour}", highlight=False)
    cases = _cases(house)
    valid = [_verified(stack, house, case, screen) for case in cases if case.evidence]
    waiting = [case for case in cases if case.is_open]
    screen.print(f"{len(waiting)} open cases wait for a reviewer:")
    for case in waiting:
        screen.print(
            f"  {case.id} §{case.clause or '-'} {case.rule or case.summary} {visible(case.subject.url)}",
            highlight=False,
        )
    return all(status == 403 for status in refused) and neighbour == 200 and all(valid)


def _verified(stack: Stack, house: House, case: Case, screen: Console) -> bool:
    custody = house.casebook.custody(case.evidence)
    key = Path(stack.settings.state_dir) / "keys" / "seal.pub"
    report = verify_bundle(house.vault.get(custody.ref), key.read_bytes())
    word = "VALID" if report.valid else f"NOT VALID {report.problems}"
    screen.print(f"evidence {custody.id} (offline verifier, public key alone): {word}", highlight=False)
    return bool(report.valid)


def _status(stack: Stack, bucket: str, key: str) -> int:
    """What an anonymous reader gets."""
    url = f"{stack.settings.s3_endpoint}/{bucket}/{quote(key)}"
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310 - loopback
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return int(error.code)
