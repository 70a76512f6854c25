"""Figures of console and API: `make bench-console` prints a table and writes results/console.json.

`python -m benchmarks.console desk` (or api, proofs) measures one part and keeps the others' rows as they were.
"""

import json
import platform
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import console_api, console_desk, console_proofs

RESULTS = Path(__file__).parent / "results" / "console.json"
PARTS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "desk": console_desk.rows,
    "api-times": lambda: console_api.times(print),
    "api-fuzz": lambda: console_api.fuzzed(print),
    "proofs": console_proofs.rows,
}
LIBRARIES = ("fastapi", "starlette", "pydantic", "sqlalchemy", "schemathesis", "pgserver")


def main() -> None:
    """Measure the named parts (all, if none is), print the table and write the results."""
    asked = [name for name in PARTS if not sys.argv[1:] or any(name.startswith(word) for word in sys.argv[1:])]
    held: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.exists() else {"rows": []}
    rows = [row for row in held["rows"] if row.get("part") not in asked]
    for name in asked:
        rows += [{"part": name, **row} for row in PARTS[name]()]
    rows.sort(key=lambda row: list(PARTS).index(row["part"]) if row.get("part") in PARTS else len(PARTS))
    for row in rows:
        mark = {True: "holds", False: "FALLS SHORT", None: ""}[row["holds"]]
        print(f"{row['figure']:56} {row['value']!s:>10} {row['unit']:8} {row['target']:>8}  {mark}  {row['note']}")
    document = {
        "machine": f"{platform.machine()}, {platform.system()} {platform.release()}",
        "date": datetime.now(UTC).date().isoformat(),
        "versions": {"python": platform.python_version(), **_versions()},
        "rows": rows,
    }
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _versions() -> dict[str, str]:
    return {name: version(name) for name in LIBRARIES}


if __name__ == "__main__":
    main()
