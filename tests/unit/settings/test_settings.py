"""Settings: each mistake is named with its file, key, value and mend."""

import json
from pathlib import Path

import pytest

from scanner.errors import SettingsError
from scanner.settings import Settings, read_settings


def test_nothing_set_gives_the_embedded_default() -> None:
    settings = read_settings({})
    assert settings.database == "sqlite:///.state/aup.sqlite3"
    assert settings.vault == Path(".state/vault")


def test_the_environment_stands_above_the_file(tmp_path: Path) -> None:
    file = tmp_path / "aup.toml"
    file.write_text('batch_size = 50\nbuckets = ["a", "b"]\nlease_seconds = 5\n[limits]\ndepth = 4\n', encoding="utf-8")
    settings = read_settings({"AUP_SETTINGS": str(file), "AUP_BATCH_SIZE": "70", "AUP_PREFILTER": "no"})
    assert (settings.batch_size, settings.buckets, settings.lease_seconds) == (70, ("a", "b"), 5.0)
    assert settings.limits == {"depth": 4}
    assert settings.prefilter is False


def test_lists_in_the_environment_are_separated_by_commas_or_written_as_json() -> None:
    assert read_settings({"AUP_BUCKETS": "a, b,,c"}).buckets == ("a", "b", "c")
    schedules = ["0,30 3 * * * tenant-a", "0 4 * * * tenant-b 5"]
    assert read_settings({"AUP_RESCAN_SCHEDULES": json.dumps(schedules)}).rescan_schedules == tuple(schedules)
    with pytest.raises(SettingsError, match="is not a tuple"):
        read_settings({"AUP_BUCKETS": '["a", 1]'})
    with pytest.raises(SettingsError, match="is not a tuple"):
        read_settings({"AUP_BUCKETS": '["a"'})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("batch_sizes = 5", "unknown key 'batch_sizes'"),
        ("batch_size = -5", "batch_size = -5 is not positive"),
        ("batch_size = 1.5", "batch_size = 1.5 is not a int"),
        ("lease_seconds = nan", "lease_seconds = nan is not positive"),
        ("[limits]\ncontent_bytes = nan", "limits.content_bytes = nan is not positive"),
        ('batch_size = "many"', "batch_size = 'many' is not a int"),
        ("batch_size = true", "batch_size = True is not a int"),
        ("batch_size = [1]", r"batch_size = \[1\] is not a int"),
        ("hook_secret = 5", "hook_secret = 5 is not a str"),
        ("buckets = [1]", r"buckets = \[1\] is not a tuple"),
        ('prefilter = "perhaps"', "prefilter = 'perhaps' is not a bool"),
        ('cage = "open"', "cage = 'open'"),
        ("console_port = 70000", "console_port = 70000"),
        ("[limits]\ndepth = -1", "limits.depth = -1 is not positive"),
        ('[limits]\ndepth = "x"', "limits = .* is not a"),
        ("limits = 5", "limits = 5 is not a"),
        ("batch_size =", "is not TOML"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "aup.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=message) as refusal:
        read_settings({}, file)
    assert refusal.value.where == str(file)
    assert refusal.value.mend


def test_a_named_file_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        read_settings({"AUP_SETTINGS": str(tmp_path / "none.toml")})


def test_an_unknown_variable_is_an_error() -> None:
    with pytest.raises(SettingsError, match="unknown key 'batchsize'"):
        read_settings({"AUP_BATCHSIZE": "5"})


def test_a_vault_of_its_own_is_used() -> None:
    assert Settings.from_mapping({"vault_dir": "/srv/vault"}).vault == Path("/srv/vault")
    assert Settings.from_mapping({"database_url": "postgresql://x/y"}).database == "postgresql://x/y"
