"""rules/usage.yaml: the shipped file loads, and each way of getting it wrong is told with its place and mend."""

from datetime import date
from pathlib import Path

import pytest

from scanner.domain.usage.causes import CauseKind
from scanner.domain.usage.resources import Resource
from scanner.domain.usage.thresholds import Kind, Leg, Ruling
from scanner.errors import RuleError
from scanner.rulebook.check import check_rules
from scanner.rulebook.explaining import plain_eyes
from scanner.rulebook.problems import RulebookError
from scanner.rulebook.quantities import quantity, seconds
from scanner.rulebook.usage import load_usage
from scanner.rulebook.usage_watch import WatchedUsage
from tests.unit.rulebook.house import rules_folder

SHIPPED = Path(__file__).resolve().parents[3] / "rules"
GOOD = """schema: 1
timing: {interval: 60 s, cover: 90 s}
defaults: {steal: 10 %}
plans:
- {id: s, limits: {cpu: 1 cores, bandwidth-out: 10 MB/s}, pooled: true, expects: [scanner]}
accounts:
- {account: acme, plan: s, owner: olga, hosts: [h1]}
thresholds:
- {id: x, kind: excess, clause: 3.1.3.6, leg: heavy, resources: [cpu], window: 18 min, leak: 0.1,
   measure: throttle, notice: overuse}
signs: {processes: [{kind: miner, pattern: 'xmrig'}]}
"""


def written(folder: Path, text: str) -> Path:
    (folder / "usage.yaml").write_text(text, encoding="utf-8")
    return folder


def test_the_shipped_rules_load() -> None:
    book = load_usage(SHIPPED)
    excess = book.thresholds.of(Resource.CPU, Kind.EXCESS)
    assert excess is not None
    assert (excess.leg, excess.measure, excess.capacity) == (Leg.HEAVY, Ruling.PROPOSE, 1_080)
    assert all(row.clause == "3.1.3.6" and row.notice for row in book.thresholds.rows)
    assert {metric.resource for metric in book.sources.metrics} == {str(resource) for resource in Resource}


def test_a_small_file_says_what_it_says(tmp_path: Path) -> None:
    book = load_usage(written(tmp_path, GOOD))
    assert book.entitlements.entitled("acme", Resource.BANDWIDTH_OUT, date(2026, 1, 1)) == 10e6
    assert book.expects == {"s": frozenset({CauseKind.SCANNER})}
    assert book.entitlements.hosts == {"h1"}
    assert len(book.digest) == 64


WRONG = [
    ("leg: heavy, ", "", "x: leg is missing", "use one of: heavy, harm"),
    ("leg: heavy", "leg: harm", "leg harm does not fit cpu", "use makes heavy"),
    ("10 MB/s", "10", "'10' has no unit", "MB/s"),
    ("10 MB/s", "10 MB", "the unit 'MB' is not one of bandwidth-out", "Mbit/s"),
    ("10 MB/s", "0 MB/s", "not above nought", "correct the value"),
    ("10 MB/s", "-1 MB/s", "is no quantity", "write a number"),
    ("1 cores", "1 GHz", "the unit 'GHz' is not one of cpu", "cores, millicores"),
    ("limits: {cpu", "limits: {gpu", "unknown resource 'gpu'", "use one of: cpu"),
    ("kind: excess", "kind: guess", "kind = 'guess' is not known", "excess, burn, hard, unusual"),
    ("measure: throttle", "measure: delete", "measure = 'delete' is not known", "watch, throttle, propose"),
    ("clause: 3.1.3.6", "clause: 9.9", "clause = 9.9 is not known", "3.1.3.6"),
    ("notice: overuse", "notice: hush", "notice = 'hush' is not known", "overuse"),
    ("18 min", "18", "'18' is no time", "write a number and one of s, min, h, d"),
    ("leak: 0.1", "leak: 7", "leak = 7 is not a number from 0 to 1", "leak"),
    ("plan: s", "plan: gone", "account 'acme' has an unknown plan 'gone'", "use one of: s"),
    ("cover: 90 s", "cover: 30 s", "cover 30 s does not fit interval 60 s", "interval <= cover"),
    ("'xmrig'", "'(xmrig'", "pattern:", "regular expression"),
    ("kind: miner", "kind: witch", "kind = 'witch' is not known", "miner"),
    ("schema: 1", "schema: 1\nspeed: 9", "unknown key 'speed'", "use one of"),
    ("owner: olga", "owner: olga, since: 2026-02-01, until: 2026-01-01", "is not after since", "first day"),
]


@pytest.mark.parametrize(("old", "new", "message", "mend"), WRONG)
def test_a_wrong_file_is_refused_with_place_and_mend(
    tmp_path: Path, old: str, new: str, message: str, mend: str
) -> None:
    assert old in GOOD
    with pytest.raises(RulebookError) as refused:
        load_usage(written(tmp_path, GOOD.replace(old, new, 1)))
    told = [f"{p.key}: {p.message} {p.mend}" for p in refused.value.problems]
    assert any(message in each and mend in each for each in told), told
    assert all(problem.line for problem in refused.value.problems)


def test_overlapping_plans_are_refused(tmp_path: Path) -> None:
    more = "- {id: s, limits: {cpu: 2 cores}, since: 2026-04-01}\naccounts:"
    with pytest.raises(RuleError, match="'s' overlaps itself: 2026-04-01 falls in 0001-01-01 to 9999-12-31"):
        load_usage(written(tmp_path, GOOD.replace("accounts:", more, 1)))


def test_two_plans_of_one_account_at_once_are_refused(tmp_path: Path) -> None:
    more = "accounts:\n- {account: acme, plan: s, since: 2026-01-01}"
    with pytest.raises(RuleError, match="'acme' overlaps itself"):
        load_usage(written(tmp_path, GOOD.replace("accounts:", more, 1)))


def test_two_thresholds_of_one_kind_over_one_resource_are_refused(tmp_path: Path) -> None:
    row = GOOD[GOOD.index("- {id: x") : GOOD.index("signs:")]
    with pytest.raises(RuleError, match="y and x are both excess over cpu"):
        load_usage(written(tmp_path, GOOD.replace(row, row + row.replace("id: x", "id: y"))))


def test_an_override_needs_a_reason_a_known_account_and_its_own_days(tmp_path: Path) -> None:
    rows = [
        "{account: acme, resource: cpu, limit: 2 cores, reason: a sale}",
        "{account: acme, resource: cpu, limit: 3 cores, reason: another}",
        "{account: zed, resource: cpu, limit: 3 cores}",
    ]
    text = GOOD + "overrides:\n" + "\n".join(f"- {row}" for row in rows)
    with pytest.raises(RulebookError) as refused:
        load_usage(written(tmp_path, text))
    told = " | ".join(problem.message for problem in refused.value.problems)
    assert "'acme cpu' overlaps itself" in told
    assert "reason is missing" in told
    assert "unknown account 'zed'" in told


def test_accounts_come_from_a_csv_beside_the_file(tmp_path: Path) -> None:
    rows = "account,plan,owner,hosts,since,until\nb1,s,otto,h2;h3,2026-01-01,\n"
    (tmp_path / "accounts.csv").write_text(rows, encoding="utf-8")
    book = load_usage(written(tmp_path, GOOD + "accounts_csv: accounts.csv\n"))
    grant = book.entitlements.grant("b1", date(2026, 1, 1))
    assert grant is not None
    assert (grant.owner, grant.hosts) == ("otto", ("h2", "h3"))
    assert book.entitlements.grant("b1", date(2025, 12, 31)) is None


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("account,plan,size\n", "are not the known ones"),
        ("account,plan,since\nb1,s,yesterday\n", "line 2: Invalid isoformat"),
        ("account,plan\nb1,gone\n", "unknown plan 'gone'"),
    ],
)
def test_a_wrong_csv_is_refused_by_its_line(tmp_path: Path, rows: str, message: str) -> None:
    (tmp_path / "accounts.csv").write_text(rows, encoding="utf-8")
    with pytest.raises(RuleError, match=message):
        load_usage(written(tmp_path, GOOD + "accounts_csv: accounts.csv\n"))


def test_a_csv_outside_the_folder_or_absent_is_refused(tmp_path: Path) -> None:
    for name in ("../x.csv", "none.csv"):
        with pytest.raises(RuleError, match="cannot be read"):
            load_usage(written(tmp_path, GOOD + f"accounts_csv: {name}\n"))


def test_no_file_and_no_yaml_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="cannot be read"):
        load_usage(tmp_path)
    with pytest.raises(RuleError, match="is not YAML"):
        load_usage(written(tmp_path, "a: [\n"))
    with pytest.raises(RuleError, match="holds no mapping"):
        load_usage(written(tmp_path, "- a\n"))


def test_lists_where_lists_belong(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="accounts is no list"):
        load_usage(written(tmp_path, "accounts: {a: b}\n"))
    with pytest.raises(RuleError, match="thresholds is no list"):
        load_usage(written(tmp_path, "thresholds: {a: b}\n"))


def test_a_source_must_name_a_unit_that_fits(tmp_path: Path) -> None:
    text = GOOD + "remote_write:\n- {metric: m, resource: bandwidth-out, unit: MB/s, counter: true}\n"
    with pytest.raises(RuleError, match="unit = 'MB/s' does not fit bandwidth-out"):
        load_usage(written(tmp_path, text))


def test_the_last_good_rules_stay_in_force(tmp_path: Path) -> None:
    watched = WatchedUsage(written(tmp_path, GOOD))
    first = watched.usage()
    assert watched.usage() is first
    written(tmp_path, GOOD.replace("10 MB/s", "10"))
    assert watched.usage() is first
    assert "has no unit" in watched.trouble
    written(tmp_path, GOOD.replace("10 MB/s", "20  MB/s"))
    assert watched.usage().entitlements.entitled("acme", Resource.BANDWIDTH_OUT, date(2026, 1, 1)) == 20e6
    assert watched.trouble == ""


def test_quantities_and_times_are_what_they_say() -> None:
    assert quantity("1.5 GiB", Resource.MEMORY) == 1.5 * 2**30
    assert quantity("200 1", Resource.CONNECTIONS) == 200
    assert [seconds(text) for text in ("90 s", "18 min", "6 h", "1 d")] == [90, 1_080, 21_600, 86_400]


MORE_WRONG = [
    ("thresholds:", "signs: [1]\nthresholds:", "stands twice"),
    ("kind: excess", "kind: burn", "tiers are not two of"),
    ("window: 18 min, leak: 0.1", "tiers: [[6 h, 30 min, 1.2], [2 h, 1 d, 1.05]]", "window is missing"),
    ("resources: [cpu]", "resources: [cpu, gpu]", "unknown resource 'gpu'"),
    ("signs: {", "signs: {ports: [1], ", "ports is no mapping"),
    ("signs: {", "signs: {ports: {0: miner}, ", "0: 'miner' is no port and kind"),
    ("schema: 1", "schema: 1\nprometheus: {timeout: soon}", "'soon' is no time"),
    (
        "schema: 1",
        "schema: 1\nprometheus: {queries: [{name: a, query: up, resource: gpu, unit: s}]}",
        "unknown resource 'gpu'",
    ),
    (
        "schema: 1",
        "schema: 1\noverrides: [{account: acme, resource: gpu, limit: 1 cores, reason: x}]",
        "unknown resource 'gpu'",
    ),
]


@pytest.mark.parametrize(("old", "new", "message"), MORE_WRONG)
def test_more_ways_to_get_it_wrong_are_told_too(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(RulebookError) as refused:
        load_usage(written(tmp_path, GOOD.replace(old, new, 1)))
    assert any(message in problem.message for problem in refused.value.problems), refused.value.problems


def test_burn_tiers_in_the_wrong_order_are_refused(tmp_path: Path) -> None:
    row = "kind: burn, clause: 3.1.3.6, leg: heavy, resources: [cpu], measure: watch, notice: overuse"
    for tiers in ("[[30 min, 6 h, 1.2], [24 h, 2 h, 1]]", "[[6 h, 30 min, -1], [24 h, 2 h, 1]]", "[[6 h], 3]"):
        with pytest.raises(RulebookError, match="tiers"):
            load_usage(
                written(tmp_path, f"{GOOD}".replace("thresholds:", f"thresholds:\n- {{id: b, {row}, tiers: {tiers}}}"))
            )


def test_the_gate_of_the_rules_refuses_a_wrong_usage_file_too(tmp_path: Path) -> None:
    root = rules_folder(tmp_path, {"usage.yaml": GOOD.replace("window: 18 min", "window: 18")})
    report = check_rules(root, plain_eyes, quick=True)
    assert [(each.file, each.line) for each in report.errors] == [("usage.yaml", 9)]
    written(root, GOOD)
    assert check_rules(root, plain_eyes, quick=True).errors == ()
    (root / "usage.yaml").write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in check_rules(root, plain_eyes, quick=True).errors[0].message
