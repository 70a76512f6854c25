"""Whose a bucket is: the operator's file, read anew when it changes, refused where it says two things."""

import logging
from pathlib import Path

import pytest

from scanner.adapters.accounts_file import EVERY, AccountsFile, accounts_in, read_accounts
from scanner.errors import SettingsError, UsageError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "accounts.csv"
    path.write_text("name,account\nsite,account-1\nshop,account-1\n\nblog,account-2\n", encoding="utf-8-sig")
    return path


def test_several_buckets_are_one_accounts(file: Path) -> None:
    assert dict(accounts_in(str(file))) == {"site": "account-1", "shop": "account-1", "blog": "account-2"}


def test_without_a_file_every_bucket_is_an_account_of_its_own() -> None:
    assert accounts_in("") == {}


def test_an_edit_is_seen_without_a_restart(file: Path) -> None:
    now = [0.0]
    known = AccountsFile(file, lambda: now[0])
    file.write_text("name,account\nsite,account-7\n", encoding="utf-8")
    assert known["site"] == "account-1"  # looked at a moment ago
    now[0] += EVERY
    assert (known["site"], len(known), list(known)) == ("account-7", 1, ["site"])


@pytest.mark.parametrize("broken", ["name,account\nsite\n", None])
def test_a_file_that_breaks_later_takes_nobodys_owner_away_and_is_told_once(
    file: Path, broken: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    now = [0.0]
    known = AccountsFile(file, lambda: now[0])
    file.unlink() if broken is None else file.write_text(broken, encoding="utf-8")
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            now[0] += EVERY
            assert known["site"] == "account-1"
    assert [record.name for record in caplog.records] == ["aup.accounts"]


@pytest.mark.parametrize(
    ("text", "where", "message"),
    [
        ("bucket,owner\nsite,a\n", "", "head line is not name,account"),
        ("name,account\nsite,a\nshop\n", ":3", "is no name and its account"),
        ("name,account\nsite, \n", ":2", "is no name and its account"),
        ("name,account\nsite,a,b\n", ":2", "is no name and its account"),
        ("name,account\nsite,a\nsite,b\n", ":3", "site has two accounts: a and b"),
    ],
)
def test_what_says_no_account_is_refused_by_its_line(file: Path, text: str, where: str, message: str) -> None:
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=message) as told:
        read_accounts(file)
    assert told.value.where == f"{file}{where}"


def test_a_first_reading_that_fails_starts_nothing(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="accounts_file cannot be read"):
        accounts_in(str(tmp_path / "nowhere.csv"))
