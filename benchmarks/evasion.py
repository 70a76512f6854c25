"""The evasion and bomb tables: `python -m benchmarks.evasion [forms|bombs|cost]`, all three without a word.

Writes `benchmarks/results/evasion.json`. Exit 1 if a form is silent or a bomb breaks its bounds.
"""

import json
import os
import platform
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from scanner.detection.cage.cage import RECYCLE_AFTER, Cage
from scanner.domain.content import Sample
from scanner.domain.limits import Limits
from tests.evasion.bombs import BOMBS
from tests.evasion.forms import forms
from tests.evasion.marker import MARKER
from tests.evasion.packers import page
from tests.evasion.zips import Member, write_zip

RESULTS = Path(__file__).parent / "results" / "evasion.json"
MOST_MIB, MOST_SECONDS = 600, 30
Row = dict[str, object]


def row(figure: str, value: float, unit: str, target: str, holds: bool, note: str = "") -> Row:
    return {"figure": figure, "value": value, "unit": unit, "target": target, "holds": holds, "note": note}


def form_rows() -> Iterator[Row]:
    """Every form through the cage, counted by family."""
    cage, limits = Cage(Limits()), Limits()
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    silent: list[str] = []
    for form in forms():
        found = cage.unpack(Sample(form.file_name, form.data, form.media_type, form.encoding))
        seen = any(MARKER in view.data for view in found.views)
        quiet = not seen and not found.gaps
        for index, hit in enumerate((True, seen, bool(found.gaps) and not seen, quiet)):
            counts[form.family][index] += hit
        silent += [form.name] if quiet else []
    cage.close()
    print(f"{'family':<12}{'forms':>8}{'marker seen':>14}{'gap told':>10}{'silent':>8}   limits {limits.digest}")
    for family, numbers in counts.items():
        print(f"{family:<12}{numbers[0]:>8}{numbers[1]:>14}{numbers[2]:>10}{numbers[3]:>8}")
    total = [sum(numbers[index] for numbers in counts.values()) for index in range(4)]
    print(f"{'all':<12}{total[0]:>8}{total[1]:>14}{total[2]:>10}{total[3]:>8}")
    yield row("evasion forms", total[0], "forms", ">= 600", total[0] >= 600)
    yield row("silent forms", total[3], "forms", "0", total[3] == 0, ", ".join(silent[:20]))


def _one_bomb(name: str) -> tuple[float, float, float, list[str], int]:
    """In a process of its own: seconds, peak MiB of keeper and of cage above the bomb's own bytes, gaps, views."""
    data = BOMBS[name]()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    cage = Cage(Limits())
    cage.layers  # noqa: B018 - starts the child, which is not the bomb's cost
    begun = time.monotonic()
    found = cage.unpack(Sample("bomb.bin", data))
    seconds = time.monotonic() - begun
    child = _peak_of(cage)
    cage.close()
    keeper = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    reasons = sorted({gap.reason.value for gap in found.gaps})
    return seconds, keeper / 1024, child / 1024, reasons, len(found.views)


def _peak_of(cage: Cage) -> int:
    """Peak KiB of the caged child; of one that was killed, its bound, since nobody can ask it any more."""
    child = cage._child
    if child is None or child.poll() is not None:
        return Limits().memory_bytes // 1024
    status = Path(f"/proc/{child.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0])


def bomb_rows() -> Iterator[Row]:
    """Every bomb in a fresh process: time and memory of keeper and cage together."""
    print(f"\n{'bomb':<42}{'seconds':>9}{'keeper MiB':>12}{'cage MiB':>10}{'views':>8}  gaps")
    worst = (0.0, 0.0)
    with get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for name in BOMBS:
            seconds, keeper, child, reasons, views = pool.apply(_one_bomb, (name,))
            print(f"{name:<42}{seconds:>9.2f}{keeper:>12.0f}{child:>10.0f}{views:>8}  {', '.join(reasons) or '-'}")
            worst = (max(worst[0], seconds), max(worst[1], keeper + child))
    yield row("slowest bomb", round(worst[0], 2), "s", f"<= {MOST_SECONDS}", worst[0] <= MOST_SECONDS)
    yield row("largest bomb, keeper and cage", round(worst[1]), "MiB", f"<= {MOST_MIB}", worst[1] <= MOST_MIB)


def cost_rows() -> Iterator[Row]:
    """What the cage adds to small contents, in CPU time of keeper and child, and what its start costs."""
    samples = {
        "zip of 2 KB": Sample("a.zip", write_zip([Member(), Member(b"b.txt", b"words " * 200)])),
        "zip of 100 KB": Sample("b.zip", write_zip([Member(data=os.urandom(100_000))])),
        "10 KB page with a data URI": Sample("a.html", page(b"words " * 1_000)),
    }
    begun = time.perf_counter()
    cage = Cage(Limits())
    cage.layers  # noqa: B018 - starts the child
    start = time.perf_counter() - begun
    cage.close()
    print(f"\nstart of the cage: {start * 1000:.0f} ms of wall time, once for {RECYCLE_AFTER} contents")
    yield row("start of the cage", round(start * 1000), "ms", "-", True)
    for name, sample in samples.items():
        plain, caged = _cpu(Cage(Limits(), "off"), sample), _cpu(Cage(Limits()), sample)
        print(f"{name:<28}{plain:>8.0f} µs in process{caged:>8.0f} µs caged, start included in neither")
        yield row(f"cage per content, {name}", round(caged - plain), "us CPU", "-", True, f"{plain:.0f} in process")


def _cpu(cage: Cage, sample: Sample, runs: int = 1_000) -> float:
    """Microseconds of CPU per content, keeper's and child's, once the child has started."""
    cage.unpack(sample)
    own, kid = time.process_time(), _child_cpu(cage)
    for _ in range(runs):
        cage.unpack(sample)
    spent = time.process_time() - own + _child_cpu(cage) - kid
    cage.close()
    return spent / runs * 1e6


def _child_cpu(cage: Cage) -> float:
    if cage._child is None:
        return 0.0
    fields = Path(f"/proc/{cage._child.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    wanted = sys.argv[1:] or ["forms", "bombs", "cost"]
    tables = {"forms": form_rows, "bombs": bomb_rows, "cost": cost_rows}
    rows = [one for name in wanted for one in tables[name]()]
    kept = {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Linux {platform.release()}",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {name: version(name) for name in ("pypdfium2", "py7zr", "olefile", "zstandard", "libarchive-c")},
        "rows": rows,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")
    for one in rows:
        word = "holds" if one["holds"] else "FAILS"
        print(f"{word:<7}{one['figure']}: {one['value']} {one['unit']} (target {one['target']})")
    return 0 if all(one["holds"] for one in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
