"""The evidence vault as an append-only folder: each bundle is written once, whole, and never changed."""

import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from scanner.errors import VaultAwayError, VaultError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,199}")


@dataclass(frozen=True, slots=True)
class DirectoryVault:
    """Bundles as files of mode 0444 under `folder`. A reference is the bundle's name."""

    folder: Path

    def put(self, name: str, body: bytes) -> str:
        """Write a bundle; the same bytes again are no error, other bytes under its name are. Nothing is left half."""
        path = self._path(name)
        draft = path.with_name(f".{secrets.token_hex(8)}.draft")
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _write(draft, body)
            os.link(draft, path)  # never replaces, and shows the whole file or none
            _sync_folder(self.folder)
        except FileExistsError:
            self._refuse_other(name, body)
        except OSError as error:
            mend = "free space on the vault's disk; the evidence is sealed on the next attempt"
            raise VaultError(f"cannot be written: {error.strerror}", where=str(path), mend=mend) from error
        finally:
            with suppress(OSError):  # a folder that is none has no draft either
                draft.unlink()
        return name

    def get(self, ref: str) -> bytes:
        """The bundle's bytes as they lie on the disk."""
        path = self._path(ref)
        try:
            return path.read_bytes()
        except OSError as error:
            there = isinstance(error, FileNotFoundError) and self.folder.is_dir()
            kind = VaultError if there else VaultAwayError  # a disk in trouble, or not mounted, says nothing of it
            raise kind(
                f"cannot be read back: {error.strerror}", where=str(path), mend="restore the vault's folder"
            ) from error

    def names(self) -> list[str]:
        """All names in order; none where nothing was ever put."""
        try:
            return sorted(path.name for path in self.folder.iterdir() if NAME.fullmatch(path.name))
        except FileNotFoundError:
            return []

    def _refuse_other(self, name: str, body: bytes) -> None:
        if self.get(name) != body:
            raise VaultError("holds other bytes already", where=name, mend="evidence is never overwritten; look why")

    def _path(self, name: str) -> Path:
        if not NAME.fullmatch(name):
            raise VaultError(f"{name[:60]!r} cannot name a bundle", where=str(self.folder), mend="use letters, digits")
        return self.folder / name


def _write(path: Path, body: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
        os.fchmod(file.fileno(), 0o444)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
