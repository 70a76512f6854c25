"""`aup serve`, `aup worker`, `aup sweep`: the long-running processes, started by their app path."""

import subprocess
import sys
import time

import click

from scanner.bootstrap import broker_url, eviction_policy, open_house, start_redis
from scanner.bootstrap_local import missing_walls
from scanner.errors import SettingsError
from scanner.settings import Settings


@click.command(epilog="Example: AUP_HOOK_SECRET=... AUP_API_TOKEN=... aup serve")
@click.option("--no-workers", is_flag=True, help="Only the console's HTTP edge.")
@click.pass_context
def serve(context: click.Context, no_workers: bool) -> int:
    """Run the console (hooks and API); with the embedded default also Redis, the workers and their beat."""
    settings: Settings = context.obj()
    if not no_workers:
        _look_at_walls(settings)
        if settings.redis_url:
            _look_at_broker(settings)
    server = None if settings.redis_url else start_redis(settings.state / "redis")
    commands = [console_command(settings), preview_command(settings)] + (
        [] if no_workers else [*worker_commands(settings), *intake_commands(settings)]
    )
    children = [subprocess.Popen(command) for command in commands]
    click.echo(f"console on http://{settings.console_host}:{settings.console_port} (stop with Ctrl-C)")
    try:
        return _wait(children)
    finally:
        for child in children:
            child.terminate()
        for child in children:
            child.wait(20)
        if server:
            server.stop()


@click.command(epilog="Examples: aup worker; aup worker --lane bulk --concurrency 4")
@click.option("--lane", "lanes", multiple=True, type=click.Choice(["uploads", "bulk", "enforcement"]))
@click.option("--concurrency", default=2, type=click.IntRange(1, 256), show_default=True)
@click.option("--beat", is_flag=True, help="Also run the schedule (one worker of a fleet does).")
@click.pass_context
def worker(context: click.Context, lanes: tuple[str, ...], concurrency: int, beat: bool) -> int:
    """Run a Celery worker for one or more lanes (all, if none is named)."""
    settings: Settings = context.obj()
    _look_at_walls(settings)
    _look_at_broker(settings)
    queues = ",".join(lanes or ("uploads", "bulk", "enforcement"))
    settings.state.mkdir(parents=True, exist_ok=True)
    return subprocess.call(worker_command(settings, queues, concurrency, beat=beat))


@click.command()
@click.pass_context
def sweep(context: click.Context) -> int:
    """Look once for what is owed and not under way, and ring for it."""
    found = open_house(context.obj(), role="cli").reconciling.sweep()
    lanes = ", ".join(f"{count} on {lane}" for lane, count in found.requests.items())
    click.echo(f"owed: {lanes}; {found.actions} actions")
    return 0


def console_command(settings: Settings) -> list[str]:
    """The console's command line."""
    where = ["--host", settings.console_host, "--port", str(settings.console_port)]
    return [
        sys.executable,
        "-m",
        "uvicorn",
        "--factory",
        "console.app:from_environment",
        *where,
        "--log-level",
        "warning",
    ]


def preview_command(settings: Settings) -> list[str]:
    """The command line of the previews' own origin: a second port, where evidence can do nothing."""
    command = console_command(settings)
    place = command.index("console.app:from_environment")
    command[place] = "console.preview:from_environment"
    command[command.index("--port") + 1] = str(settings.preview_port)
    return command


def worker_command(
    settings: Settings, queues: str, concurrency: int, *, beat: bool = False, name: str = ""
) -> list[str]:
    """A worker's command line. Remote control stays on: without it workers hung after a Redis outage (measured)."""
    label = name or queues.replace(",", "-")
    command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", queues, "-c", str(concurrency)]
    command += ["-n", f"{label}@%h", "--loglevel", "INFO"]
    return command + (["-B", "--schedule", str(settings.state / f"beat-{label}")] if beat else [])


def worker_commands(settings: Settings) -> list[list[str]]:
    """The embedded default: uploads have their own worker, so that they never wait behind bulk work."""
    uploads = worker_command(settings, "uploads", 2)
    return [uploads, worker_command(settings, "bulk,enforcement", 1, beat=True)]


def intake_commands(settings: Settings) -> list[list[str]]:
    """The pollers, where queues are named, and the watchdog, where an alarm has somewhere to go."""
    pollers = [["intake", "run"]] if settings.sqs_queues or settings.redis_events_key else []
    dogs = [["watchdog"]] if settings.alarm_url else []
    return [[sys.executable, "-m", "scanner", *command] for command in pollers + dogs]


def _look_at_walls(settings: Settings) -> None:
    """Say which walls of the parsers' cage are missing; a strict cage without all of them starts nothing."""
    missing = missing_walls(settings)
    if missing:
        where = "see The parsers' cage in docs/operating.md"
        click.echo(f"aup: the parsers' cage stands without {', '.join(missing)}: {where}", err=True)


def _look_at_broker(settings: Settings) -> None:
    """No worker is started over a Redis that would drop what it is told."""
    policy = eviction_policy(broker_url(settings))
    if policy != "noeviction":
        mend = "set maxmemory-policy noeviction: Redis drops messages silently otherwise"
        raise SettingsError(f"Redis runs with maxmemory-policy {policy}", where="redis_url", mend=mend)


def _wait(children: list[subprocess.Popen[bytes]]) -> int:
    """Until one child ends or somebody interrupts."""
    while all(child.poll() is None for child in children):
        try:
            time.sleep(0.5)
        except KeyboardInterrupt:
            return 0
    ended = next(child for child in children if child.poll() is not None)
    click.echo(f"aup: {' '.join(map(str, ended.args))} ended with {ended.returncode}", err=True)  # type: ignore[arg-type]
    return 2
