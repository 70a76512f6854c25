"""How long after its detection an upload is suspended and seen refused from outside, on the embedded stack.

Console, workers, Redis, SQLite and the strict store run as processes of their own; uploads arrive one after the other
through the signed hook. Both times are the audit log's own: when the case was opened, when the suspension was verified.
"""

import hashlib
import hmac
import json
import shutil
import statistics
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from scanner.bootstrap import House, open_house
from scanner.cli.demo_stack import Stack, open_stack
from scanner.domain.actions import ActionState
from scanner.settings import Settings

EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
BUCKET = "tenant-a"
PATIENCE = 120.0


def delays(uploads: int = 30) -> list[float]:
    """Seconds from detection to verified suspension, one for each upload."""
    folder = Path(tempfile.mkdtemp(prefix="aup-bench-stack-"))
    try:
        with ExitStack() as exits:
            stack = open_stack(Settings(breaker_share=1.0), folder, exits)
            stack.make_bucket(BUCKET, versions=True)
            house = open_house(stack.settings, role="cli")
            exits.callback(house.close)
            return [_one(stack, house, number) for number in range(uploads)][1:]  # the first one probes the store
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _one(stack: Stack, house: House, number: int) -> float:
    """One upload, until it is suspended."""
    key = f"upload-{number}.com"
    record = stack.put(BUCKET, key, EICAR + b" " * (number % 40), "application/octet-stream")
    body = json.dumps({"Records": [record]}).encode()
    mac = hmac.new(stack.settings.hook_secret.encode(), body, hashlib.sha256).hexdigest()
    stack.post("/hooks/s3", body, {"X-Aup-Signature": f"sha256={mac}", "Content-Type": "application/json"})
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for case in house.casebook.cases((), 1_000, ""):
            if case.subject.key == key:
                done = [a for a in house.outbox.actions_of(case.id) if a.state is ActionState.DONE]
                if done:
                    return _between(house, case.id, done[0].id)
        time.sleep(0.05)
    raise TimeoutError(f"{key} was not suspended within {PATIENCE:.0f} s: see {stack.folder}/logs")


def _between(house: House, case: str, action: str) -> float:
    times = dict[str, datetime]()
    for entry in house.register.chain(0, 1_000_000):
        stated = json.loads(entry.body)
        if (stated["thing"], stated["verb"]) in ((case, "case-opened"), (action, "suspend-verified")):
            times[stated["verb"]] = datetime.fromisoformat(stated["at"])
    return (times["suspend-verified"] - times["case-opened"]).total_seconds()


def main() -> None:
    """Print the spread."""
    found = sorted(delays())
    print(f"p50 {statistics.median(found):.3f} s, p90 {found[int(len(found) * 0.9)]:.3f} s, worst {found[-1]:.3f} s")


if __name__ == "__main__":
    main()
