"""`aup demo`: the main job on real input, on this machine, from upload to proof."""

import hashlib
import hmac
import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from scanner.bootstrap import House, open_house
from scanner.cli.demo_objects import Upload, uploads
from scanner.cli.demo_proof import prove, table
from scanner.cli.demo_stack import Stack, keep_previews, open_stack
from scanner.domain.actions import FINAL_STATES

OWNED, OTHER = "tenant-a", "tenant-b"  # the second bucket keeps no versions: objects are replaced under the scan
PATIENCE = 110.0  # seconds until the demo gives up; a loaded machine takes its time


@click.command(epilog="Examples: aup demo; aup demo --keep; aup demo --rules my-rules")
@click.option("--keep", is_flag=True, help="Leave everything running at the end, and say where.")
@click.option("--rules", "rules_dir", type=click.Path(path_type=Path, exists=True), help="Rules folder.")
@click.option("--json", "as_json", is_flag=True, help="The table as one JSON object a line; no progress.")
@click.pass_context
def demo(context: click.Context, keep: bool, rules_dir: Path | None, as_json: bool) -> int:
    """Upload about 60 objects to a local store and watch them be scanned, judged, suspended and proved."""
    settings = context.obj()
    folder, screen = Path(tempfile.mkdtemp(prefix="aup-demo-")), _screen(as_json=as_json)
    started = time.monotonic()
    if rules_dir or settings.rules_dir:
        settings = replace(settings, rules_dir=str((rules_dir or Path(settings.rules_dir)).resolve()))
    with _stack(settings, folder, keep=keep) as stack:
        screen.print(
            f"[bold]up[/] after {time.monotonic() - started:.1f} s: store {stack.settings.s3_endpoint}, "
            f"console {stack.console_url}, state {folder}",
            soft_wrap=True,
        )
        house = open_house(stack.settings, role="cli")
        _run(stack, house, screen)
        table(house, screen, as_json=as_json)
        proved = prove(stack, house, screen, OWNED)
        screen.print(f"ended after {time.monotonic() - started:.1f} s")
        house.close()
        if keep:
            _say_where(stack, folder, screen)
    return 0 if proved else 2


def _screen(*, as_json: bool) -> Console:
    """People's output; where it is no terminal it is made wide enough for whole names."""
    console = Console(file=sys.stderr if as_json else sys.stdout, soft_wrap=True)
    return console if console.is_terminal else Console(file=console.file, width=160, soft_wrap=True)


@contextmanager
def _stack(settings: object, folder: Path, *, keep: bool) -> Iterator[Stack]:
    """The stack, taken down at the end unless it is to be kept."""
    with ExitStack() as exits:
        try:
            stack = open_stack(settings, folder, exits)  # type: ignore[arg-type]
            yield stack
        except BaseException:
            click.echo(f"the logs stay in {folder}/logs", err=True)
            raise
        if keep:
            keep_previews(stack, exits)
            click.echo("everything keeps running until Ctrl-C")
            try:
                while True:
                    time.sleep(1)
            except KeyboardInterrupt:
                pass  # whoever kept it running is done looking
    shutil.rmtree(folder, ignore_errors=True)


def _run(stack: Stack, house: House, screen: Console) -> None:
    """Upload through the hook and wait until every object has its verdict and every action its end."""
    for bucket in (OWNED, OTHER):
        stack.make_bucket(bucket, versions=bucket == OWNED)
    columns = (TextColumn("{task.description:9}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=screen) as bar:
        sending, scanning = bar.add_task("uploaded", total=None), bar.add_task("scanned", total=None)
        told = 0
        for record in _sent(stack):
            told += len(record)
            bar.update(sending, completed=told)
            _tick(house, bar, scanning)
        bar.update(sending, total=told)
        deadline = time.monotonic() + PATIENCE
        while not _tick(house, bar, scanning):
            if time.monotonic() > deadline:
                raise click.ClickException(f"not done after {PATIENCE:.0f} s; logs are in {stack.folder}/logs")
            time.sleep(0.2)


def _tick(house: House, bar: Progress, task: object) -> bool:
    """Show how far the workers are; whether all is done."""
    counts = house.requests.counts()
    done = sum(count for word, count in counts.items() if word.startswith("done"))
    bar.update(task, total=sum(counts.values()), completed=done)  # type: ignore[arg-type]
    return done == sum(counts.values()) and _settled(house)


def _settled(house: House) -> bool:
    cases = house.casebook.cases((), 1_000, "0")
    return all(action.state in FINAL_STATES for case in cases for action in house.outbox.actions_of(case.id))


def _sent(stack: Stack) -> Iterator[Sequence[dict[str, object]]]:
    """Objects put into the store, and told to the hook in deliveries of a few records."""
    records: list[dict[str, object]] = []
    for upload in uploads():
        bucket = OTHER if upload.replace_with is not None else OWNED
        records.append(_put(stack, bucket, upload))
        if upload.replace_with is not None:
            _deliver(stack, records)
            yield records
            records = [_put(stack, bucket, replace(upload, data=upload.replace_with))]
        if len(records) >= 6:
            _deliver(stack, records)
            yield records
            records = []
    _deliver(stack, records)
    yield records


def _put(stack: Stack, bucket: str, upload: Upload) -> dict[str, object]:
    """Put one object; its event record as a store would send it."""
    return stack.put(bucket, upload.key, upload.data, upload.media_type)


def _deliver(stack: Stack, records: Sequence[dict[str, object]]) -> None:
    body = json.dumps({"Records": list(records)}).encode()
    signature = hmac.new(stack.settings.hook_secret.encode(), body, hashlib.sha256).hexdigest()
    stack.post("/hooks/s3", body, {"X-Aup-Signature": f"sha256={signature}", "Content-Type": "application/json"})


def _say_where(stack: Stack, folder: Path, screen: Console) -> None:
    screen.print(
        f"console {stack.console_url} (API token {stack.settings.api_token}), store {stack.settings.s3_endpoint}"
    )
    screen.print(f"AUP_STATE_DIR={folder} aup cases list   # process {os.getpid()}")
    screen.print(f"review desk {stack.console_url}/desk, once you have an account:")
    screen.print(f"AUP_STATE_DIR={folder} aup accounts add YOUR_NAME --role reviewer --without-totp")
