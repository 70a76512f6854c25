"""`aup metrics`, `aup watchdog`: what is seen of the pipeline, and an alarm that needs no worker."""

import logging
import time

import click

from scanner.bootstrap import open_house
from scanner.bootstrap_observing import open_tending, render_metrics, set_up_logs
from scanner.cli.exits import CLEAN, FINDINGS
from scanner.errors import AupError
from scanner.settings import Settings

log = logging.getLogger("aup.watchdog")


@click.command()
@click.pass_context
def metrics(context: click.Context) -> int:
    """Print the metrics in Prometheus' text form."""
    click.echo(render_metrics(open_house(context.obj(), role="cli")).decode(), nl=False)
    return CLEAN


@click.command(epilog="Example: aup watchdog --once (exit 1: scanning stopped)")
@click.option("--once", is_flag=True, help="Check once, then stop.")
@click.option("--seconds", default=30.0, type=click.FloatRange(1, 3_600), show_default=True, help="Between two checks.")
@click.pass_context
def watchdog(context: click.Context, once: bool, seconds: float) -> int:
    """Raise the alarm when scanning stopped; runs apart from the workers, so that it outlives them."""
    settings: Settings = context.obj()
    if not once:
        set_up_logs(settings.log_format)
    tending = open_tending(open_house(settings, role="cli"))
    while True:
        try:
            word = tending.alarming.check()
            if once:
                click.echo(word or "no change")
        except AupError as error:
            log.critical("the watchdog cannot look: %s", error)
            if once:
                raise
        if once:
            return FINDINGS if tending.alarming.stands() else CLEAN
        time.sleep(seconds)
