"""Messages as rule authors read them: `tests/golden/rules/NAME.txt` holds files and what the gate says of them.

`AUP_GOLDEN=write pytest tests/unit/rulebook/test_golden.py` writes them anew; read the difference before committing.
"""

import os
from pathlib import Path

import pytest

from scanner.rulebook.check import check_rules
from scanner.rulebook.explaining import plain_eyes
from scanner.rulebook.problems import render_all
from tests.unit.rulebook.house import rules_folder

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "rules"
FILE, SAID = ">>> ", "<<< what the gate says\n"
CASES = sorted(GOLDEN.glob("*.txt"))


def read_case(text: str) -> tuple[dict[str, str], str]:
    """The files of a case and what is said of them."""
    given, _, said = text.partition(SAID)
    files: dict[str, str] = {}
    for part in given.split(FILE)[1:]:
        name, _, body = part.partition("\n")
        files[name.strip()] = body
    return files, said


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_the_gate_says_what_is_wrong_where_and_how_to_mend_it(case: Path, tmp_path: Path) -> None:
    text = case.read_text(encoding="utf-8")
    files, said = read_case(text)
    root = rules_folder(tmp_path, {name: body for name, body in files.items() if not name.startswith("overlay/")})
    overlay = {name.removeprefix("overlay/"): body for name, body in files.items() if name.startswith("overlay/")}
    for name, body in overlay.items():
        path = tmp_path / "overlay" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(body, encoding="utf-8")
    report = check_rules(root, plain_eyes, tmp_path / "overlay" if overlay else None, quick=True)
    now = render_all(report.problems, report.texts) + "\n"
    if os.environ.get("AUP_GOLDEN") == "write":
        case.write_text(text.partition(SAID)[0] + SAID + now, encoding="utf-8")
    assert now == said
    assert report.problems
    assert all(each.mend or each.recommendation for each in report.problems)


def test_there_are_golden_cases() -> None:
    assert len(CASES) >= 20
