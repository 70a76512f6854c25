"""Figures of console and API: `make bench-console` prints a table and writes results/console.json.

`python -m benchmarks.console desk` (or api, proofs, similar) measures one part and keeps the others' rows as they were;
`--help` lists the parts.
"""

import argparse
import json
import platform
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks import console_api, console_desk, console_proofs, console_similar

RESULTS = Path(__file__).parent / "results" / "console.json"
PARTS: dict[str, Callable[[], list[dict[str, Any]]]] = {
    "desk": console_desk.rows,
    "api-times": lambda: console_api.times(print),
    "api-fuzz": lambda: console_api.fuzzed(print),
    "proofs": console_proofs.rows,
    "similar": console_similar.rows,
}
LIBRARIES = ("fastapi", "starlette", "pydantic", "sqlalchemy", "schemathesis", "pgserver")


def main() -> None:
    """Measure the named parts (all, if none is), print the table and write the results."""
    asked = _asked()
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


def _asked(words: list[str] | None = None) -> list[str]:
    """The parts to measure, by the beginnings of their names; what is none of them ends the programme."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.console", description="Figures of console and API, into results/console.json."
    )
    parser.add_argument("parts", nargs="*", help=f"beginnings of: {', '.join(PARTS)} (all, if none is named)")
    named: list[str] = parser.parse_args(words).parts
    wrong = [word for word in named if not any(name.startswith(word) for name in PARTS)]
    if wrong:
        parser.error(f"no such part: {', '.join(wrong)}")
    return [name for name in PARTS if not named or any(name.startswith(word) for word in named)]


def _versions() -> dict[str, str]:
    return {name: version(name) for name in LIBRARIES}


if __name__ == "__main__":
    main()
