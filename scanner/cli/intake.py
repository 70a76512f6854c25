"""`aup intake`: queues that tell of uploads, and S3 inventories."""

import logging
import signal
import threading
from types import FrameType

import click

from scanner.bootstrap import open_house
from scanner.bootstrap_intake import IntakeHouse, open_intake
from scanner.cli.exits import CLEAN, line, visible
from scanner.cli.options import JSON
from scanner.domain.inventories import InventoryRun
from scanner.errors import AupError, SettingsError, UsageError
from scanner.services.polling import Polling
from scanner.wire.records import to_plain

log = logging.getLogger("aup.intake")
PAUSE = 1.0  # seconds between two looks at a queue that was empty
AGAIN = 5.0  # seconds after a queue or the database did not answer


@click.group()
def intake() -> None:
    """Other ways in than the hook: queues, and the store's own inventories."""


@intake.command(epilog="Example: AUP_SQS_QUEUES=https://sqs.../uploads aup intake run")
@click.option("--once", is_flag=True, help="Empty every queue once, then stop.")
@click.pass_context
def run(context: click.Context, once: bool) -> int:
    """Poll the queues that the settings name, until stopped; a message is deleted once its requests are durable."""
    opened = open_intake(open_house(context.obj(), role="cli"))
    if not opened.pollings:
        raise SettingsError("no queue is named", where="settings", mend="set sqs_queues, or redis_events_url and _key")
    if once:
        for polling in opened.pollings:
            click.echo(f"{polling.source.name}: {_emptied(polling)} messages")
        return CLEAN
    _until_stopped(opened)
    return CLEAN


@intake.command(epilog="Example: aup intake inventory s3://lists/tenant-a/daily/2026-03-01T01-00Z/manifest.json")
@click.argument("manifest")
@click.option("--versions", is_flag=True, help="Older versions too.")
@JSON
@click.pass_context
def inventory(context: click.Context, manifest: str, versions: bool, as_json: bool) -> int:
    """File requests for what an S3 Inventory lists (CSV, gzip); broken off, it goes on at the row it had reached."""
    bucket, _, key = manifest.removeprefix("s3://").partition("/")
    if not manifest.startswith("s3://") or not key:
        raise UsageError("is no s3:// address", where=manifest, mend="name the manifest.json as s3://bucket/key")
    opened = open_intake(open_house(context.obj(), role="cli"))
    last: InventoryRun | None = None
    for last in opened.inventorying.run(bucket, key, versions=versions):
        if not as_json and not last.is_done:
            click.echo(f"{last.id}: {last.seen} rows", err=True)
    if last:
        told = ", ".join(f"{count} {word}" for word, count in last.counts)
        line(to_plain(last)) if as_json else click.echo(visible(f"{last.id}: {last.seen} rows = {told or 'none'}"))
    return CLEAN


def _emptied(polling: Polling) -> int:
    messages = 0
    while found := polling.poll().messages:
        messages += found
    return messages


def _until_stopped(opened: IntakeHouse) -> None:
    """A thread a queue; all end after the message they are at."""
    stop = threading.Event()

    def stopping(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stopping)
    threads = [threading.Thread(target=_keep_polling, args=(one, stop)) for one in opened.pollings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _keep_polling(polling: Polling, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            found = polling.poll()
        except AupError as error:
            log.error("%s: %s; tried again", polling.source.name, error)
            stop.wait(AGAIN)
            continue
        except Exception:  # a thread that ended would leave its queue unread, and nobody would hear of it
            log.exception("%s: this should not happen; tried again", polling.source.name)
            stop.wait(AGAIN)
            continue
        if found.dead:
            log.error("%s: %d messages could not be used: aup deadletters list", polling.source.name, found.dead)
        if not found.messages:
            stop.wait(PAUSE)
