"""Key files: made on first use, readable by their owner alone, destroyed to make evidence unreadable for ever.

seal.key        Ed25519 private key (PEM); seal.pub is its public half, to be given to anybody
vault.key       32 bytes that wrap the case keys, where no key management service does
cases/ID.key    one case's key, wrapped: without it, that case's payloads cannot be read (crypto-shredding)
"""

import os
import re
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from scanner.errors import TaintedError, VaultAwayError, VaultError

CASE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
NONCE_BYTES = 12


def read_or_create(path: Path, fresh: bytes, *, mode: int = 0o600) -> bytes:
    """The file's bytes, or `fresh` written to it: whole, synced and never over another's; safe between processes."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        pass  # made below
    except OSError as error:
        raise VaultError(f"a key cannot be read: {error}", where=str(path), mend="give this user access") from error
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(draft, fresh, mode)
        try:
            os.link(draft, path)  # fails if another process was faster: then its key is the key
        except FileExistsError:
            return path.read_bytes()
        _sync_folder(path.parent)
        return fresh
    except OSError as error:
        raise VaultError(
            f"a key cannot be written: {error}", where=str(path), mend="free or unlock the disk"
        ) from error
    finally:
        with suppress(OSError):  # a folder that is none has no draft either
            draft.unlink()


class Wrapper(Protocol):
    """Wraps case keys; `knows` tells its own wrappings from another's."""

    def knows(self, wrapped: bytes) -> bool: ...

    def wrap(self, key: bytes, case: str) -> bytes: ...

    def unwrap(self, wrapped: bytes, case: str) -> bytes: ...


@dataclass(frozen=True, slots=True)
class FileWrapper:
    """Wraps under the 32 bytes of a file."""

    vault_key: bytes

    def knows(self, wrapped: bytes) -> bool:
        """Whether it is as long as a wrapping of ours is."""
        return len(wrapped) == NONCE_BYTES + 32 + 16

    def wrap(self, key: bytes, case: str) -> bytes:
        """Nonce and ciphertext, bound to the case."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return nonce + AESGCM(self.vault_key).encrypt(nonce, key, case.encode())

    def unwrap(self, wrapped: bytes, case: str) -> bytes:
        """The key; TaintedError if it was wrapped under another key or for another case."""
        try:
            return AESGCM(self.vault_key).decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], case.encode())
        except (InvalidTag, ValueError) as error:
            raise TaintedError("the case's key does not open", where=case, mend="restore the key folder") from error


@dataclass(frozen=True, slots=True)
class Wrappers:
    """New keys under the first; old ones under whichever wrapped them, so that a service can be taken up later."""

    ways: tuple[Wrapper, ...]

    def knows(self, wrapped: bytes) -> bool:
        """Whether any does."""
        return any(way.knows(wrapped) for way in self.ways)

    def wrap(self, key: bytes, case: str) -> bytes:
        """Under the first."""
        return self.ways[0].wrap(key, case)

    def unwrap(self, wrapped: bytes, case: str) -> bytes:
        """By whichever knows it; TaintedError if none does."""
        for way in self.ways:
            if way.knows(wrapped):
                return way.unwrap(wrapped, case)
        raise TaintedError("the case's key does not open", where=case, mend="restore the key folder or kms_key_id")


def case_key(folder: Path, wrapper: Wrapper, case: str, *, create: bool) -> bytes:
    """The case's 32-byte key; VaultError if there is none (any more) and none may be made, VaultAwayError if unread."""
    path = _path(folder, case)
    if not create and not path.exists():
        raise VaultError(
            "the case's key was destroyed or is not here", where=str(path), mend="its content cannot be read any more"
        )
    try:
        wrapped = path.read_bytes()
    except FileNotFoundError:
        wrapped = read_or_create(path, wrapper.wrap(secrets.token_bytes(32), case))
    except OSError as error:
        raise VaultAwayError(f"a key cannot be read: {error}", where=str(path), mend="give this user access") from error
    return wrapper.unwrap(wrapped, case)


def destroy_case_key(folder: Path, case: str) -> bool:
    """Overwrite and remove the case's key: its payloads are unreadable from now on. False if there was none."""
    path = _path(folder, case)
    try:
        with path.open("r+b") as file:
            file.write(secrets.token_bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        _sync_folder(path.parent)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise VaultError(
            f"a key cannot be destroyed: {error}", where=str(path), mend="give this user access"
        ) from error
    return True


def _path(folder: Path, case: str) -> Path:
    if not CASE_ID.fullmatch(case):
        raise VaultError(f"{case[:60]!r} cannot name a case key", where="manifest: case", mend="use letters and digits")
    return folder / "cases" / f"{case}.key"


def _write(path: Path, body: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
