"""Passes to the previews' origin hang on one key, that two processes may want to make at once."""

import secrets
from pathlib import Path

import pytest

from console.preview_tokens import load_key
from scanner.errors import VaultError


def test_whoever_comes_while_the_key_is_made_gets_the_same_and_a_whole_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The console and the previews start together: a half-made key read as empty would let anybody sign passes."""
    real, between = secrets.token_bytes, list[bytes]()

    def slow(count: int) -> bytes:
        monkeypatch.setattr(secrets, "token_bytes", real)
        between.append(load_key(tmp_path / "keys"))
        return real(count)

    monkeypatch.setattr(secrets, "token_bytes", slow)
    key = load_key(tmp_path / "keys")
    assert (len(key), between) == (32, [key])
    assert (tmp_path / "keys" / "preview.key").stat().st_mode & 0o777 == 0o600


def test_a_key_that_a_crash_cut_short_signs_nothing(tmp_path: Path) -> None:
    (tmp_path / "preview.key").write_bytes(b"")
    with pytest.raises(VaultError, match="cut short"):
        load_key(tmp_path)
