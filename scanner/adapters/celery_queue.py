"""Celery as courier: messages carry request ids only; losing one loses nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from celery import Celery
from kombu.exceptions import OperationalError

from scanner.domain.requests import Lane

SCAN_TASK = "aup.scan_batch"
ENFORCE_TASK = "aup.enforce"
SWEEP_TASK = "aup.sweep"
USAGE_TASK = "aup.usage"
RIGHTS_TASK = "aup.rights"
RESCAN_TASK = "aup.rescans"
CHECKPOINT_TASK = "aup.checkpoint"
TEND_TASK = "aup.tend"
HOURLY_TASK = "aup.hourly"
HOUR_SECONDS = 3_600.0
STALE_SECONDS = 600.0  # far more than clocks of one fleet differ
CHECKPOINT_SECONDS = 900.0
PUBLISHING = {
    "max_retries": 1,
    "interval_start": 0.0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}  # of a ring's connection
_UNTOLD = {"argsrepr": "ids", "kwargsrepr": "none"}  # or Celery spells every id out for its logs, on both sides
ALIVE_SECONDS = 180.0  # a child may load its rules so long; Celery's 4 s killed every child of a busy machine for ever
VISIBILITY_SECONDS = 600  # more than twice the longest task (pipeline.md)


def celery_app(broker_url: str, sweep_seconds: float, usage_seconds: float = 60.0) -> Celery:
    """The Celery app: late acknowledgement, one message ahead, no results, JSON only, quick return of lost messages."""
    app = Celery("aup", broker=broker_url)
    app.conf.update(
        task_serializer="json",
        accept_content=["json"],
        task_ignore_result=True,
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        worker_prefetch_multiplier=1,
        worker_proc_alive_timeout=ALIVE_SECONDS,
        task_default_queue=str(Lane.UPLOADS),
        broker_connection_retry_on_startup=True,
        worker_hijack_root_logger=False,
        broker_transport_options={
            "visibility_timeout": VISIBILITY_SECONDS,
            "unacked_restore_interval": 2,
            "unacked_restore_throttle": 1,
            "socket_timeout": 5,
            "socket_connect_timeout": 5,
            **PUBLISHING,
        },
        beat_schedule={
            "sweep": _every(SWEEP_TASK, sweep_seconds),
            "usage": _every(USAGE_TASK, usage_seconds),
            "rights": _every(RIGHTS_TASK, sweep_seconds),
            "rescans": _every(RESCAN_TASK, sweep_seconds, Lane.BULK),
            "tend": _every(TEND_TASK, sweep_seconds),
            "hourly": _every(HOURLY_TASK, HOUR_SECONDS, Lane.BULK),
            "checkpoint": _every(CHECKPOINT_TASK, CHECKPOINT_SECONDS),
            "enforce": _every(ENFORCE_TASK, sweep_seconds),
        },
    )
    return app


def _every(task: str, seconds: float, lane: Lane = Lane.ENFORCEMENT) -> dict[str, Any]:
    """A beat of the schedule. One that nobody took in time is dropped: hours without workers leave no pile behind."""
    return {"task": task, "schedule": seconds, "options": {"queue": str(lane), "expires": max(STALE_SECONDS, seconds)}}


@dataclass(frozen=True, slots=True)
class CeleryDoorbell:
    """Rings through Celery. A broker that does not answer is no error: the sweep rings again."""

    app: Any

    def ring(self, lane: Lane, ids: Sequence[int]) -> None:
        """Wake a worker of the lane with request ids (none for the enforcement lane)."""
        task, args = (ENFORCE_TASK, []) if lane is Lane.ENFORCEMENT else (SCAN_TASK, [list(ids)])
        try:
            self.app.send_task(task, args=args, queue=str(lane), retry=False, **_UNTOLD)
        except (OperationalError, OSError) as error:
            self.app.log.get_default_logger().warning("broker did not answer (%s): the sweep rings again", error)
