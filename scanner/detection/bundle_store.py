"""Bundles on disk: one folder per digest, written aside and renamed, checked part by part when read."""

import contextlib
import fcntl
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path

KEPT = 4  # bundles kept; older ones are removed when a new one is written
_MANIFEST = "manifest.json"
_PREFIX = "rules-"
_LOCK = ".building"


def read_bundle(cache_dir: Path, key: str) -> dict[str, bytes] | None:
    """The parts kept under `key`; None where there are none, or anything about them is not as it was written."""
    folder = _folder(cache_dir, key)
    try:
        if not _is_ours(folder):
            return None
        manifest = json.loads((folder / _MANIFEST).read_bytes())
        if manifest["key"] != key:
            return None
        parts = {name: (folder / Path(name).name).read_bytes() for name in manifest["parts"]}
    except (OSError, ValueError, KeyError, TypeError):
        return None
    sound = all(sha256(body).hexdigest() == manifest["parts"][name] for name, body in parts.items())
    return parts if sound else None


@contextlib.contextmanager
def building(cache_dir: Path | None) -> Iterator[None]:
    """One process at a time builds for a folder: the others wait and find what it built.

    The lock goes with its process, however that ends; where there can be none, everyone builds.
    """
    with contextlib.ExitStack() as held:
        if cache_dir is not None:
            with contextlib.suppress(OSError):
                cache_dir.mkdir(parents=True, exist_ok=True)
                file = held.enter_context((cache_dir / _LOCK).open("ab"))
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_bundle(cache_dir: Path, key: str, parts: Mapping[str, bytes]) -> bool:
    """Keep the parts; False where the folder cannot be written: the bundle then lives in memory only."""
    manifest = {"key": key, "parts": {name: sha256(body).hexdigest() for name, body in parts.items()}}
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".new-", dir=cache_dir))
        try:
            for name, body in parts.items():
                (aside / name).write_bytes(body)
            (aside / _MANIFEST).write_text(json.dumps(manifest), encoding="utf-8")
            _put(aside, _folder(cache_dir, key))
        finally:
            shutil.rmtree(aside, ignore_errors=True)
        _prune(cache_dir)
    except OSError:
        return False
    return True


def _folder(cache_dir: Path, key: str) -> Path:
    return cache_dir / f"{_PREFIX}{key[:32]}"


def _put(aside: Path, folder: Path) -> None:
    """The new folder in the old one's place; where another process was faster, its work is as good."""
    with contextlib.suppress(OSError):
        if folder.exists():
            shutil.rmtree(folder)
    with contextlib.suppress(OSError):
        aside.rename(folder)


def _is_ours(folder: Path) -> bool:
    """Whether only this user (or root) can have written it: compiled rules run as code of a kind."""
    for path in (folder, folder.parent):
        found = path.stat()
        if found.st_uid not in (os.geteuid(), 0) or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            return False
    return True


def _prune(cache_dir: Path) -> None:
    folders = sorted(cache_dir.glob(f"{_PREFIX}*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for folder in folders[KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)
