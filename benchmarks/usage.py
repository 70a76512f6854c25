"""`python -m benchmarks.usage`: the figures of usage metering, to benchmarks/results/usage.json (about ten minutes).

`--seeds N` for fewer seeds, `--only scale|shapes` for one half.
"""

import argparse
import json
import os
import platform
import statistics
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from benchmarks.usage_runs import Outcome, abuse, legitimate, run_owners
from benchmarks.usage_scale import check_cost, disturbed, ingest_rate, million
from benchmarks.usage_shapes import ABUSE, LEGITIMATE, OWNERS

RESULTS = Path(__file__).resolve().parent / "results" / "usage.json"
Row = dict[str, object]


def row(figure: str, value: float, unit: str, target: str, holds: bool, note: str = "") -> Row:
    """One row of the results, printed as it comes."""
    print(f"{'ok  ' if holds else 'FAIL'} {figure:58} {value:>12g} {unit:14} {target:14} {note}", flush=True)
    return {"figure": figure, "value": value, "unit": unit, "target": target, "holds": holds, "note": note}


def shape_rows(seeds: int) -> Iterator[Row]:
    """Abuse found, honest customers not throttled, and the delays."""
    ratios: list[float] = []
    for shape in ABUSE:
        got = abuse(shape, seeds)
        ratios += got.ratios
        yield row(
            f"abuse found: {shape.name}", got.throttled, f"of {seeds}", f"{seeds}", got.throttled == seeds, _delays(got)
        )
    got = run_owners(seeds)
    yield row(
        f"abuse found: {OWNERS.name}", got.throttled, f"of {seeds}", f"{seeds}", got.throttled == seeds, _delays(got)
    )
    for shape in LEGITIMATE:
        got, framed = legitimate(shape, seeds)
        note = f"harm leg standing; heavy leg raised {got.watched}, to sales {got.sales}"
        note += f"; with a false miner sign standing instead {framed.throttled} throttled"
        yield row(f"wrongly throttled: {shape.name}", got.throttled, f"of {seeds}", "0", got.throttled == 0, note)
    worst, middle = max(ratios), statistics.median(ratios)
    note = f"median {middle:.2f} over {len(ratios)} runs in which the rule fires"
    yield row("detection delay / that of > 80 % for 10 min, worst", round(worst, 2), "x", "<= 3", worst <= 3, note)


def scale_rows() -> Iterator[Row]:
    """Ingest, state, check, restarts."""
    with tempfile.TemporaryDirectory() as folder:
        rate, cost = ingest_rate(_sub(folder, "ingest"), 20_000, 6)
        note = f"one process, wall clock of its fastest minute, beside a load of {os.getloadavg()[0]:.1f}"
        yield row("ingest", round(rate), "samples/s", ">= 100000", rate >= 100_000, note)
        busy = 1e6 / cost
        note = f"{cost:.2f} us CPU a sample, over all minutes"
        yield row("ingest, of one core's CPU", round(busy), "samples/CPU s", ">= 100000", busy >= 100_000, note)
        size, memory = million(1_000_000)
        yield row("state of one series", round(size, 1), "B", "<= 200", size <= 200)
        yield row(
            "memory with 1,000,000 series", round(memory), "MiB", "<= 1024", memory <= 1_024, "whole process, peak"
        )
        worst, open_, stored = check_cost(_sub(folder, "check"), 100_000, 24)
        note = f"worst of 23: 600,000 steps, {open_} incidents open, {stored / 1e6:.0f} MB of state stored"
        yield row("check of 100,000 accounts x 6 resources", round(worst, 2), "s CPU", "<= 10", worst <= 10, note)
        for name, same in disturbed(_sub(folder, "same")).items():
            yield row(f"identical incidents: {name}", int(same), "true", "1", same)


def main() -> int:
    """Runs, prints and writes; exit status 1 if a figure falls short."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=40)
    parser.add_argument("--only", choices=("scale", "shapes"))
    asked = parser.parse_args()
    rows = list(scale_rows()) if asked.only != "shapes" else []
    rows += list(shape_rows(asked.seeds)) if asked.only != "scale" else []
    if asked.only is None:
        RESULTS.parent.mkdir(exist_ok=True)
        head = {
            "machine": f"{platform.machine()}, {os.cpu_count()} cores",
            "date": datetime.now(UTC).date().isoformat(),
        }
        versions = {"python": platform.python_version()} | {
            name: version(name) for name in ("numpy", "cramjam", "sqlalchemy")
        }
        RESULTS.write_text(
            json.dumps({**head, "versions": versions, "rows": rows}, indent=1, ensure_ascii=False) + "\n"
        )
    return 0 if all(each["holds"] for each in rows) else 1


def _delays(got: Outcome) -> str:
    if not got.delays:
        return ""
    return f"delay in minutes: median {statistics.median(got.delays):.0f}, worst {max(got.delays):.0f}"


def _sub(folder: str, name: str) -> Path:
    made = Path(folder) / name
    made.mkdir()
    return made


if __name__ == "__main__":
    raise SystemExit(main())
