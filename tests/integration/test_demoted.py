"""A rule that decisions demoted is on the quality page, with the date, the figures and the reason."""

import json
import re
from html import unescape

from click.testing import CliRunner
from fastapi.testclient import TestClient

from scanner.bootstrap import House
from scanner.bootstrap_desk import open_desk
from scanner.cli.demo_objects import EICAR
from scanner.cli.stats import stats
from scanner.domain.cases import Outcome
from tests.integration.people import sign_in
from tests.integration.test_desk_pages import client, upload

__all__ = ["client"]
RULE = "malware.eicar-test-file"


def decide(house: House, key: str, outcome: Outcome) -> None:
    """Upload a test virus and decide about it as a reviewer."""
    upload(house, key, EICAR.encode() + b" " * (len(key) - 5))
    case = next(one for one in house.casebook.cases((), 100, "0") if one.subject.key == key)
    held = house.reviewing.claim(case.id, "li")
    open_desk(house).desk.decide(case.id, "li", held.tokens, outcome, "malware" if outcome == "violating" else "benign")


def row(page: str) -> list[str]:
    """The cells of the rule's row in the table of demoted rules."""
    [section] = re.findall(r'<section class="alert".*?</section>', page, re.S)
    [cells] = [one for one in re.findall(r"<tr>(.*?)</tr>", section, re.S) if RULE in one]
    return [unescape(re.sub("<[^>]+>", "", cell)).strip() for cell in re.findall(r"<td[^>]*>(.*?)</td>", cells, re.S)]


def test_a_rule_that_fell_is_shown_since_when_and_why(client: TestClient, house: House) -> None:
    sign_in(client, house, "lead", "lead")
    for number in range(3):
        decide(house, f"right{number}.com", Outcome.VIOLATING)
    assert 'class="alert"' not in client.get("/desk/quality").text
    assert open_desk(house).demoting.demoted() == []

    decide(house, "wrong-one.com", Outcome.CLEAN)
    fell = house.casebook.cases((), 100, "0")
    at = next(case.decision.at for case in fell if case.decision and case.decision.outcome is Outcome.CLEAN)
    decide(house, "right-after.com", Outcome.VIOLATING)
    decide(house, "wrong-again.com", Outcome.CLEAN)
    house.rules.current()  # graded by now, or later: the page shows it either way

    [found] = open_desk(house).demoting.demoted()
    assert (found.rule, found.was, found.now, found.since) == (RULE, "auto", "review", at)
    assert (found.decided.right, found.decided.wrong) == (4, 2)
    cells = row(client.get("/desk/quality").text)
    assert cells[0] == RULE
    assert cells[1] == f"{at:%Y-%m-%d %H:%M} UTC"
    assert cells[2] == "auto → review"
    assert cells[3:6] == ["4", "2", "0.667"]
    assert re.fullmatch(r"0\.\d{3}–0\.\d{3}", cells[6])
    assert "overturned" in cells[7]
    chinese = row(client.get("/desk/quality", headers={"Accept-Language": "zh"}).text)
    assert "推翻" in chinese[7]
    assert not re.search("[a-z]{3}", chinese[7] + chinese[2])


def test_aup_stats_tells_it_as_well(house: House) -> None:
    for number in range(2):
        decide(house, f"wrong{number}.com", Outcome.CLEAN)
    told = CliRunner().invoke(stats, [], obj=lambda: house.settings)
    assert "demoted" in told.output
    assert RULE in told.output.split("\n\n")[0]
    [one] = json.loads(CliRunner().invoke(stats, ["--json"], obj=lambda: house.settings).output)["demoted"]
    assert (one["rule"], one["decided"]["wrong"]) == (RULE, 2)
