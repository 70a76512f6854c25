"""`aup rules` as its users type it."""

import json
from pathlib import Path

import pytest

from scanner.bootstrap import open_house
from scanner.cli.main import run
from scanner.cli.rules_stats import decisions_of
from scanner.rulebook.second_opinion import Opinion
from scanner.settings import Settings
from tests.unit.rulebook.house import PACK, RULE, folder, rules_folder

ID = "webshell.php-eval-request"
FOREIGN = 'rule Evil { strings: $a = "evilone!" condition: $a }\nrule Broken { condition: cuckoo.x }\n'


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A good rules folder, and a working folder without settings of its own."""
    monkeypatch.chdir(tmp_path)
    for name in ("AUP_SETTINGS", "AUP_RULES_DIR", "AUP_OVERLAY_DIR", "AUP_STATE_DIR"):
        monkeypatch.delenv(name, raising=False)
    return rules_folder(tmp_path, {"keywords/gambling.yaml": PACK})


def said(capsys: pytest.CaptureFixture[str]) -> str:
    """What was printed to standard output."""
    return capsys.readouterr().out


def records(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    """One object a line."""
    return [json.loads(line) for line in said(capsys).splitlines()]


def fill(file: Path, words: dict[str, str]) -> None:
    """Write what a skeleton leaves open."""
    text = file.read_text(encoding="utf-8")
    for was, now in words.items():
        text = text.replace(was, now)
    file.write_text(text, encoding="utf-8")


def test_check_holds_for_good_rules(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "check", "--rules", str(root), "--costs"]) == 0
    text = said(capsys)
    assert "the rules hold; 0 warnings; 2 rules, 4 samples" in text
    assert "µs per 10 KB" in text


def test_check_refuses_and_shows_the_place(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder(root, {"yara/webshell/php.yar": RULE.replace("3.1.3.7", "3.1.9")})
    assert run(["rules", "check", "--rules", str(root), "--quick"]) == 1
    text = said(capsys)
    assert "yara/webshell/php.yar:5:14: error" in text
    assert "refused: 1 errors" in text


def test_check_for_machines_prints_one_object_a_line(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder(root, {"yara/webshell/php.yar": RULE.replace('    author = "test"\n', "")})
    assert run(["rules", "check", "--rules", str(root), "--quick", "--json"]) == 1
    problem, last = records(capsys)
    assert (problem["lint"], problem["file"], problem["level"]) == ("no-author", "yara/webshell/php.yar", "error")
    assert last == {"holds": False, "rules": 2, "samples": 4, "problems": 1}


def test_strict_refuses_warnings_too(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder(root, {"yara/webshell/php.yar": RULE.replace("A value of the request is run as PHP code", "short")})
    assert run(["rules", "check", "--rules", str(root), "--quick"]) == 0
    assert run(["rules", "check", "--rules", str(root), "--quick", "--strict"]) == 1
    assert "short-description" in said(capsys)


def test_lint_lists_every_lint(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "lint", "--list"]) == 0
    assert "nested-repeat" in said(capsys)
    assert run(["rules", "lint", "--json"]) == 0
    assert {"lint", "level", "finds", "why"} == records(capsys)[0].keys()


def test_list_filters_by_clause_and_status(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "list", "--rules", str(root), "--json"]) == 0
    assert [each["id"] for each in records(capsys)] == ["gambling.online-casino", ID]
    assert run(["rules", "list", "--rules", str(root), "--clause", "3.1.3.5", "--json"]) == 0
    assert [each["id"] for each in records(capsys)] == ["gambling.online-casino"]
    assert run(["rules", "list", "--rules", str(root), "--status", "auto"]) == 0
    assert "0 of 2 rules" in said(capsys)


def test_an_unknown_clause_or_rule_is_a_usage_error(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "list", "--rules", str(root), "--clause", "9"]) == 2
    assert run(["rules", "explain", "webshell.php", "--rules", str(root)]) == 2
    assert "perhaps webshell.php-eval-request" in capsys.readouterr().err


def test_explain_says_what_a_hit_leads_to(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "explain", ID, "--rules", str(root)]) == 0
    text = said(capsys)
    assert "不进行任何危害" in text
    assert "a person decides within 24 h" in text
    assert "must hit    one.php: written for this test" in text
    assert "| rule webshell_php_eval_request" in text


@pytest.mark.parametrize(
    ("status", "words"),
    [("nursery", "counted"), ("shadow", "recorded"), ("auto", "suspended, reversibly while the precision measured")],
)
def test_explain_follows_the_status(status: str, words: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder(root, {"yara/webshell/php.yar": RULE.replace('status = "review"', f'status = "{status}"')})
    assert run(["rules", "explain", ID, "--rules", str(root), "--json"]) == 0
    assert words in str(records(capsys)[0]["leads_to"])


def test_test_tells_why_a_yara_rule_hits(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = root.parent / "upload.php"
    file.write_bytes(b"<?php eval($_GET['x']);")
    assert run(["rules", "test", ID, str(file), "--rules", str(root)]) == 1
    text = said(capsys)
    assert "at 6: eval($_GET" in text
    assert "✓ the file as raw at byte 6" in text
    assert run(["rules", "test", ID, "fine.php", "--rules", str(root)]) == 0
    assert "✗ no hit" in said(capsys)


def test_test_tells_why_a_keyword_rule_hits_or_not(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = root.parent / "page.txt"
    file.write_text("澳门娱乐城一日游", encoding="utf-8")
    assert run(["rules", "test", "gambling.online-casino", str(file), "--rules", str(root)]) == 0
    text = said(capsys)
    assert "✗ bonus: none" in text
    assert "✓ venue: 澳门娱乐城" in text


def test_test_names_the_samples_when_there_is_no_such_file(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "test", ID, "nothing.php", "--rules", str(root)]) == 2
    assert "one.php, two.php" in capsys.readouterr().err


def test_a_new_rule_passes_the_gate_once_it_is_filled(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "new", "webshell.lua-load", "--clause", "3.1.3.7", "--rules", str(root)]) == 0
    assert run(["rules", "check", "--rules", str(root), "--quick"]) == 1
    file = root / "yara/webshell/lua-load.yar"
    filled = file.read_text(encoding="utf-8").replace('author = "FILL"', 'author = "me"').replace("FILL what", "What")
    file.write_text(
        filled.replace("FILL at least four fixed bytes that every hit holds", "loadstring("), encoding="utf-8"
    )
    capsys.readouterr()
    (root.parent / "s").write_bytes(b"loadstring(ngx.req)")
    assert run(["rules", "sample", str(root.parent / "s"), "--origin", "mine", "--name", "a.lua"]) == 0
    one = said(capsys)
    other, quiet = one.replace("a.lua", "b.lua"), ""
    (root.parent / "s").write_bytes(b"print(1)")
    run(["rules", "sample", str(root.parent / "s"), "--origin", "mine", "--name", "c.lua"])
    quiet = said(capsys)
    body = f"  webshell.lua-load:\n    hit:\n{one}{other}    miss:\n{quiet}{quiet.replace('c.lua', 'd.lua')}"
    with (root / "samples/webshell.yaml").open("a", encoding="utf-8") as samples:
        samples.write(body)
    assert run(["rules", "check", "--rules", str(root)]) == 0, said(capsys)


def test_a_new_keyword_rule_passes_the_gate_once_it_is_filled(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["rules", "new", "gambling.tips", "--clause", "3.1.3.5.4", "--engine", "keywords", "--rules", str(root)]
    assert run(arguments) == 0
    file = root / "keywords/gambling-tips.yaml"
    words = {
        "FILL the thing": "稳赚不赔计划群",
        "FILL price or contact": "加薇信领取",
        "FILL what": "What",
        "FILL": "me",
    }
    fill(file, {"pack: gambling": "pack: gambling-tips", **words})
    assert run(["rules", "check", "--rules", str(root), "--quick"]) == 0, said(capsys)


def test_new_never_writes_over_a_file(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "new", "webshell.php", "--clause", "3.1.3.7", "--rules", str(root)]) == 2
    assert (root / "yara/webshell/php.yar").read_text(encoding="utf-8") == RULE
    assert run(["rules", "new", ID, "--clause", "3.1.3.7", "--rules", str(root)]) == 2
    assert "use another id" in capsys.readouterr().err


def test_docs_are_made_from_the_rules(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "docs", "--rules", str(root)]) == 0
    text = said(capsys)
    assert "| `webshell.php-eval-request` | yara | high |" in text
    assert "[3.1.3.7](#3137)" in text


def test_a_foreign_set_is_imported_recorded_and_counted(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    their = folder(root.parent / "their", {"a.yar": FOREIGN})
    into = root.parent / "own"
    arguments = ["rules", "import", str(their), "--clause", "3.1.3.7", "--source", "https://example.com/their.git"]
    arguments += ["--commit", "abc", "--licence", "MIT", "--rules", str(root), "--into", str(into)]
    assert run(arguments) == 0
    text = said(capsys)
    assert "their: 1 rules in 1 files taken over, 1 set aside" in text
    assert (into / "imported/SOURCES.toml").exists()
    assert run(["rules", "list", "--rules", str(root), "--overlay", str(into), "--status", "nursery", "--json"]) == 0
    assert [each["id"] for each in records(capsys)] == ["their.a.evil"]
    assert run([*arguments[:-1], str(root / "own")]) == 2
    assert run(arguments[:-2]) == 2
    assert "name one with --into" in capsys.readouterr().err


def test_publish_puts_rules_in_force_and_rollback_puts_them_back(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(root.parent / "store")
    assert run(["rules", "publish", "--rules", str(root), "--store", store, "--quick", "--note", "first"]) == 0
    folder(root, {"yara/webshell/php.yar": RULE.replace("{0,8}", "{0,9}")})
    assert run(["rules", "publish", "--rules", str(root), "--store", store, "--quick", "--json"]) == 0
    capsys.readouterr()
    assert run(["rules", "versions", "--store", store, "--json"]) == 0
    second, first = records(capsys)
    assert (second["current"], first["current"]) == (True, False)
    assert run(["rules", "rollback", "--store", store]) == 0
    assert run(["rules", "versions", "--store", store]) == 0
    assert f"●  {str(first['digest'])[:12]}" in said(capsys)


def test_publish_says_where_the_settings_read_other_rules(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = root.parent / "store"
    publish = ["rules", "publish", "--rules", str(root), "--store", str(store), "--quick"]
    assert run(publish) == 0
    assert f'not in force yet: these settings read other rules; set rules_dir = "{store}' in capsys.readouterr().err
    monkeypatch.setenv("AUP_RULES_DIR", str(store / "current" / "rules"))
    assert run(publish) == 0
    assert capsys.readouterr().err == ""
    monkeypatch.setenv("AUP_OVERLAY_DIR", str(root))
    assert run(publish) == 0
    assert 'overlay_dir = "' in capsys.readouterr().err


def test_publish_refuses_broken_rules_and_new_alarms_on_the_canary(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = str(root.parent / "store")
    canary = folder(root.parent / "canary", {"page.html": "<?php eval($_GET['demo']);"})
    arguments = ["rules", "publish", "--rules", str(root), "--store", store, "--quick"]
    assert run([*arguments, "--canary", str(canary)]) == 1
    assert "1 new alarms on harmless content" in capsys.readouterr().err
    folder(root, {"yara/webshell/php.yar": "rule {"})
    assert run(arguments) == 1
    assert "not published" in capsys.readouterr().err
    assert not (root.parent / "store/current").exists()


def test_publish_tells_what_another_engine_thinks(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    opinion = Opinion("yara-x 1", 7, 1, (("page.html", "test.rule", "yara-x"),), ("own/a",))
    for told in (opinion, Opinion(silent="yara-x is not installed")):
        monkeypatch.setattr("scanner.cli.rules_operate.second_opinion", lambda *_, told=told: told)
        assert run(["rules", "publish", "--rules", str(root), "--store", str(root.parent / "store")]) == 0
    text = capsys.readouterr().err
    assert "second opinion: only yara-x finds test.rule in page.html" in text
    assert (
        "yara-x 1, 1 differences over 7 contents, 1 left out over the bound of bytes; 1 files that it refuses" in text
    )
    assert "no second opinion: yara-x is not installed" in text


def test_stats_show_how_every_rule_stands(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder(root, {"yara/webshell/php.yar": RULE.replace('status = "review"', 'status = "auto"')})
    assert run(["rules", "stats", "--rules", str(root), "--cost"]) == 0
    text = said(capsys)
    assert "its precision was never measured" in text
    assert "2 rules, 1 held below their written status" in text
    assert run(["rules", "stats", "--rules", str(root), "--json"]) == 0
    assert records(capsys)[0]["stands"] == "review"


def test_eval_counts_compares_and_records(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"path": "bad.php", "label": "malicious", "clause": "3.1.3.7", "cat": "webshell", "repo": "a/b"},
        {"path": "evil.txt", "label": "malicious", "clause": "3.1.3.7", "cat": "webshell", "repo": "c/d"},
        {"path": "good.php", "label": "benign", "clause": "none", "cat": "webapp", "repo": "e/f"},
    ]
    corpus = folder(
        root.parent / "corpus",
        {
            "manifest.jsonl": "".join(json.dumps(row) + "\n" for row in rows),
            "bad.php": "<?php eval($_POST['x']);",
            "evil.txt": "evilone!",
            "good.php": "<?php echo 1;",
        },
    )
    tuned = folder(root.parent, {"tuned.txt": "a/b\n"}) / "tuned.txt"
    their = folder(root.parent / "their", {"a.yar": FOREIGN})
    arguments = ["rules", "eval", str(corpus), "--rules", str(root), "--tuned-on", str(tuned)]
    assert run([*arguments, "--compare", str(their), "--record", "--mistakes"]) == 0
    text = said(capsys)
    assert "in-source     100.00%" in text
    assert "cross-source  0.00%" in text
    assert "50.00% (9.45%–90.55%)" in text
    assert f"  {ID}: {{right: 1, wrong: 0" in (root / "precision.yaml").read_text(encoding="utf-8")
    assert run([*arguments, "--json"]) == 0
    found = records(capsys)
    assert {"by": "rule", "rule": ID, "right": 1, "wrong": 0, "alone": 1} in found
    assert run(["rules", "eval", str(root.parent / "nothing"), "--rules", str(root)]) == 2


COMMANDS = "check docs eval explain import lint list new publish rollback sample stats test versions"


@pytest.mark.parametrize("command", COMMANDS.split())
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", command, "--help"]) == 0
    assert f"aup rules {command}" in said(capsys)


def test_eval_counts_the_same_in_several_processes(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    row = {"path": "bad.php", "label": "malicious", "clause": "3.1.3.7", "cat": "webshell"}
    corpus = folder(root.parent / "corpus", {"manifest.jsonl": json.dumps(row), "bad.php": "<?php eval($_POST['x']);"})
    assert run(["rules", "eval", str(corpus), "--rules", str(root), "--json"]) == 0
    alone = [each for each in records(capsys) if each["by"] != "cost"]
    assert run(["rules", "eval", str(corpus), "--rules", str(root), "--json", "--jobs", "2"]) == 0
    assert [each for each in records(capsys) if each["by"] != "cost"] == alone


def test_stats_ask_the_database_for_decisions(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUP_STATE_DIR", str(root.parent / "state"))
    settings = Settings(state_dir=str(root.parent / "state"))
    assert decisions_of(settings) == {}
    house = open_house(settings, role="cli")
    house.close()
    assert (root.parent / "state/aup.sqlite3").exists()
    assert decisions_of(settings) == {}
    assert run(["rules", "stats", "--rules", str(root)]) == 0
