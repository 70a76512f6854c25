"""Tasks: decode, call one service, answer. Messages carry ids only."""

import logging
import os
import socket
from functools import cache
from typing import Any

from celery import Task
from celery.signals import celeryd_after_setup, worker_init, worker_process_init
from kombu.exceptions import OperationalError

from scanner.bootstrap import (
    CHECKPOINT_TASK,
    ENFORCE_TASK,
    HOURLY_TASK,
    RESCAN_TASK,
    RIGHTS_TASK,
    SCAN_TASK,
    SWEEP_TASK,
    TEND_TASK,
    USAGE_TASK,
    House,
    open_house,
    warm_up,
)
from scanner.bootstrap_beats import each_in_turn
from scanner.bootstrap_cdn import CdnHouse, cdn_over
from scanner.bootstrap_observing import Tending, Tracing, open_tending, tracing_to
from scanner.bootstrap_reports import ReportsHouse, open_reports
from scanner.bootstrap_rights import RightsHouse, open_rights
from scanner.bootstrap_usage import UsageHouse, open_usage
from scanner.domain.requests import Lane
from scanner.domain.rescans import RescanState
from scanner.errors import AupError
from scanner.settings import Settings, read_settings
from workers.app import app

log = logging.getLogger("aup.worker")
GIVES_WAY = 10  # of niceness: about a tenth of an upload worker's share while both want the processor
MOST_AT_ONCE = 1_000  # requests of one message, whatever it says


@cache
def house() -> House:
    """This process's house, opened once (after the fork: connections are never shared)."""
    return open_house(read_settings(os.environ), role="worker")


@worker_init.connect
def load_rules(**_signal: object) -> None:
    """Load and compile the rules before the fork: seconds of CPU for each child are saved, and its pages shared."""
    warm_up(read_settings(os.environ))


@celeryd_after_setup.connect
def give_way(instance: Any = None, **_signal: object) -> None:
    """A worker that takes no uploads gives way to those that do, where both are on one machine."""
    if instance is not None and str(Lane.UPLOADS) not in instance.app.amqp.queues.consume_from:
        os.nice(GIVES_WAY)


@worker_process_init.connect
def warm(**_signal: object) -> None:
    """Compile the rules before the first message comes."""
    opened = house()
    opened.scanning.rules.current()


@app.task(name=SCAN_TASK, bind=True)
def scan_batch(self: Task, ids: list[int]) -> None:
    """Scan as many requests of the lane as the message tells of: which ones is decided now, fairly among accounts."""
    worker, lane = f"{socket.gethostname()}:{os.getpid()}", Lane(self.request.delivery_info["routing_key"])
    try:
        with traces().span("scan_batch", lane=str(lane), asked=len(ids)):
            report = house().scanning.answer(lane, worker, min(len(ids), MOST_AT_ONCE))
        if report.judged and tending().gating.gates():
            with traces().span("gate"):
                tending().gating.advance()
    except AupError as error:
        log.error("batch of %d failed and will be swept up again: %s", len(ids), error)
        return
    if house().scanning.rules.trouble:
        log.error("the last good rulebook is in use: %s", house().scanning.rules.trouble)
    log.info(
        "scanned %d, put off %d, lost %d, cases %d, actions %d",
        len(report.judged),
        report.put_off,
        len(report.lost),
        report.cases,
        report.actions,
    )


@app.task(name=ENFORCE_TASK)
def enforce() -> None:
    """Drain the outbox."""
    with traces().span("enforce"):
        for action in house().enforcing.carry_out():
            log.info("action %s %s: %s", action.id, action.state, action.outcome)


@cache
def rights() -> RightsHouse:
    """Notices, the watch, retention and checkpoints of this process."""
    return open_rights(house())


@cache
def reports() -> ReportsHouse:
    """Webhooks of this process."""
    return open_reports(house())


@cache
def cdn() -> CdnHouse:
    """What a CDN serves, for this process: purges and content that is back."""
    return cdn_over(house())


@app.task(name=RIGHTS_TASK)
def keep_watch() -> None:
    """Write and send notices, look at what is suspended, end what is over, let evidence expire, tell webhooks."""
    try:
        done = each_in_turn(lambda: rights().beat(), lambda: reports().telling.beat(), lambda: cdn().beat())
    except AupError as error:
        log.error("the watch was broken off and goes on with the next beat: %s", error)
        return
    if any(done.values()):
        log.info("watch: %s", ", ".join(f"{count} {word}" for word, count in done.items() if count))


@app.task(name=CHECKPOINT_TASK)
def checkpoint() -> None:
    """Sign the audit log as it stands."""
    try:
        point = rights().checkpointing.take()
    except AupError as error:
        log.critical("the audit log could not be signed: %s", error)
        return
    if point:
        log.info("checkpoint over %d entries", point.size)
    try:
        stamped = rights().checkpointing.stamp()
    except AupError as error:
        log.error("checkpoints are not stamped yet: %s", error)
        return
    if stamped:
        log.info("%d checkpoints stamped", stamped)


@app.task(name=RESCAN_TASK)
def advance_rescans(helps: bool = False) -> None:
    """Start the rescans whose time has come, and list pages of those under way for a while.

    Other free workers are asked to list other shards meanwhile: those who `helps` ask nobody.
    """
    opened = house()
    try:
        started, troubles = opened.scheduling.start_due()
        if not helps and any(row.state is RescanState.LISTING for row in opened.rescans.unfinished()):
            _ask_for_help(opened.settings)
        pages, hindered = opened.rescanning.advance(opened.settings.sweep_seconds)
        opened.rescanning.knowing.store.prune(opened.settings.known_contents)
    except AupError as error:
        log.error("rescans were broken off and go on with the next beat: %s", error)
        return
    for trouble in troubles:
        log.error("a scheduled rescan did not start: %s", trouble)
    for trouble in hindered:
        log.error("a rescan could not be listed and is tried again (aup rescans cancel ends it): %s", trouble)
    if started or pages:
        log.info("rescans: %d started, %d pages listed", len(started), pages)


def _ask_for_help(settings: Settings) -> None:
    """One call for each further shard; who is busy for longer does not take it up."""
    within = {"queue": str(Lane.BULK), "expires": settings.sweep_seconds / 2, "retry": False}
    try:
        for _ in range(settings.rescan_parts - 1):
            app.send_task(RESCAN_TASK, args=[True], **within)
    except (OperationalError, OSError) as error:
        log.warning("broker did not answer (%s): shards are listed one after the other", error)


@app.task(name=SWEEP_TASK)
def sweep() -> None:
    """Ring again for what is owed."""
    with traces().span("sweep"):
        house().reconciling.sweep()


@cache
def tending() -> Tending:
    """Gates, canary, alarm and counters of this process."""
    return open_tending(house())


@cache
def traces() -> Tracing:
    """Where spans go; nowhere unless an address is named."""
    return tracing_to(read_settings(os.environ).otel_endpoint)


@app.task(name=TEND_TASK)
def tend() -> None:
    """Carry verdicts to the gates, look after the canary, check the alarm, add up counters."""
    try:
        done = tending().beat()
    except AupError as error:
        log.error("tending was broken off and goes on with the next beat: %s", error)
        return
    if any(done.values()):
        log.info("tended: %s", ", ".join(f"{count} {word}" for word, count in done.items() if count))


@app.task(name=HOURLY_TASK)
def look_after() -> None:
    """Make and drop months of verdicts; measure what each rule costs, once a rulebook."""
    try:
        done = tending().hourly()
    except AupError as error:
        log.error("the hourly round was broken off and goes on with the next: %s", error)
        return
    if any(done.values()):
        log.info("hourly: %s", ", ".join(f"{count} {word}" for word, count in done.items() if count))


@cache
def usage() -> UsageHouse:
    """Usage metering of this process."""
    return open_usage(house())


@app.task(name=USAGE_TASK)
def weigh_usage() -> None:
    """Ask the Prometheus of usage.yaml, if one is named, then weigh the accounts and carry out what follows."""
    opened = usage()
    try:
        sources = opened.rules.usage().sources
        if sources.url and sources.queries:
            opened.metering.pull(opened.source())
        done = opened.metering.check()
    except AupError as error:
        log.error("usage was not weighed: %s", error)
        return
    for trouble in done.troubles:
        log.error("usage: %s", trouble)
