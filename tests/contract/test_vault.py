"""The vault: written once, whole, read back as it was; the twin, the folder and the locked bucket alike."""

import errno
import os
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from scanner.adapters.memory import MemoryVault
from scanner.adapters.vault import DirectoryVault
from scanner.adapters.vault_chosen import ChosenVault
from scanner.adapters.vault_s3 import LockedVault
from scanner.domain.enforcement.abilities import Abilities
from scanner.errors import EnforcementError, VaultError
from scanner.ports import Vault
from tests.contract.s3_stores import Store, strict_store

WORM = Abilities(object_lock=True, compliance=True, legal_hold=True)


def locked(store: Store, **changed: Any) -> LockedVault:
    """A vault over a strict store that was shown to keep locks."""
    parts: dict[str, Any] = {"abilities": lambda: WORM, "now": lambda: datetime.now(UTC)} | changed
    return LockedVault(store.client, "aup-vault", **parts)


@pytest.fixture
def store() -> Iterator[Store]:
    with strict_store() as found:
        yield found


@pytest.fixture(params=["memory", "folder", "locked", "chosen"])
def vault(request: pytest.FixtureRequest, tmp_path: Path, store: Store) -> Vault:
    makers: dict[str, Callable[[], Vault]] = {
        "memory": MemoryVault,
        "folder": lambda: DirectoryVault(tmp_path / "vault"),
        "locked": lambda: locked(store),
        "chosen": lambda: ChosenVault(DirectoryVault(tmp_path / "vault"), locked(store), lambda: WORM),
    }
    return makers[request.param]()


def test_what_was_put_is_read_back(vault: Vault) -> None:
    ref = vault.put("E1-abc.aupe", b"\x00bundle" * 1000)
    assert vault.get(ref) == b"\x00bundle" * 1000


def test_the_same_bundle_twice_is_one(vault: Vault) -> None:
    assert vault.put("E1.aupe", b"bundle") == vault.put("E1.aupe", b"bundle")


def test_other_bytes_never_replace_a_bundle(vault: Vault) -> None:
    ref = vault.put("E1.aupe", b"bundle")
    with pytest.raises(VaultError, match=r"E1\.aupe"):
        vault.put("E1.aupe", b"other")
    assert vault.get(ref) == b"bundle"


@pytest.mark.parametrize("kind", ["folder", "locked"])
@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden", "a" * 300, "a\nb"])
def test_a_name_that_leads_elsewhere_is_refused(kind: str, name: str, tmp_path: Path, store: Store) -> None:
    vault: Vault = DirectoryVault(tmp_path) if kind == "folder" else locked(store)
    with pytest.raises(VaultError, match="cannot name a bundle"):
        vault.put(name, b"x")


def test_a_bundle_that_is_not_there_is_told(tmp_path: Path, store: Store) -> None:
    with pytest.raises(VaultError, match="cannot be read back"):
        DirectoryVault(tmp_path).get("E9.aupe")
    with pytest.raises(VaultError, match="answered 404"):
        locked(store).get("E9.aupe?v")


def test_a_file_of_the_vault_is_read_only(tmp_path: Path) -> None:
    DirectoryVault(tmp_path / "v").put("E1.aupe", b"bundle")
    assert stat.S_IMODE((tmp_path / "v" / "E1.aupe").stat().st_mode) == 0o444
    assert stat.S_IMODE((tmp_path / "v").stat().st_mode) == 0o700


@pytest.mark.parametrize("call", ["fsync", "write", "link"])
def test_a_full_disk_is_told_and_leaves_nothing_half(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    vault = DirectoryVault(tmp_path / "v")
    with monkeypatch.context() as patch:
        if call == "write":
            patch.setattr("scanner.adapters.vault._write", full)
        else:
            patch.setattr(f"scanner.adapters.vault.os.{call}", full)
        with pytest.raises(VaultError, match="cannot be written: No space left on device — free space"):
            vault.put("E1.aupe", b"bundle")
    assert os.listdir(tmp_path / "v") == []
    assert vault.get(vault.put("E1.aupe", b"bundle")) == b"bundle"


def test_a_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "v").write_text("x")
    with pytest.raises(VaultError, match=r"cannot be .*: Not a directory"):
        DirectoryVault(tmp_path / "v").put("E1.aupe", b"bundle")


def test_a_locked_bundle_cannot_be_deleted_even_by_the_root(store: Store) -> None:
    ref = locked(store).put("E1.aupe", b"bundle")
    name, _, version = ref.partition("?")
    with pytest.raises(ClientError, match="object protected by object lock"):
        store.client.delete_object(Bucket="aup-vault", Key=name, VersionId=version, BypassGovernanceRetention=True)
    store.client.delete_object(Bucket="aup-vault", Key=name)
    assert locked(store).get(ref) == b"bundle"


def test_a_lock_is_prolonged_and_never_shortened(store: Store) -> None:
    vault = locked(store)
    ref = vault.put("E1.aupe", b"bundle")
    vault.extend(ref, datetime.now(UTC) + timedelta(days=400))
    with pytest.raises(VaultError, match="PutObjectRetention answered 403"):
        vault.extend(ref, datetime.now(UTC) + timedelta(days=2))


def test_a_hold_is_put_on_and_taken_off(store: Store) -> None:
    vault = locked(store)
    ref = vault.put("E1.aupe", b"bundle")
    vault.hold(ref, on=True)
    version = store.world.buckets["aup-vault"].keys["E1.aupe"][0]
    assert version.hold
    vault.hold(ref, on=False)
    assert not version.hold


def test_a_store_that_does_not_keep_locks_is_no_vault(store: Store) -> None:
    with pytest.raises(VaultError, match="was not shown to keep COMPLIANCE locks"):
        locked(store, abilities=Abilities).put("E1.aupe", b"bundle")


def test_a_bucket_without_object_lock_is_no_vault(store: Store) -> None:
    store.client.create_bucket(Bucket="aup-vault")
    with pytest.raises(VaultError, match="has no Object Lock"):
        locked(store).put("E1.aupe", b"bundle")


@pytest.mark.parametrize("fault", ["503", "drop", "lost"])
def test_a_store_in_trouble_is_told_and_the_next_attempt_works(store: Store, fault: str) -> None:
    vault = locked(store)
    vault.put("E0.aupe", b"first")
    store.world.faults.add("PutObject", fault)
    with pytest.raises(VaultError, match=r"s3://aup-vault/E1\.aupe"):
        vault.put("E1.aupe", b"bundle")
    assert vault.get(vault.put("E1.aupe", b"bundle")) == b"bundle"
    assert len(store.world.buckets["aup-vault"].keys["E1.aupe"]) == 1


def test_a_lock_that_did_not_take_hold_is_told(store: Store) -> None:
    vault = locked(store)
    vault.put("E0.aupe", b"first")

    def unlock() -> None:
        store.world.buckets["aup-vault"].keys["E1.aupe"][0].until = datetime.now(UTC) + timedelta(days=1)

    store.world.faults.add("PutObject", "after", act=unlock)
    with pytest.raises(VaultError, match="the lock did not take hold"):
        vault.put("E1.aupe", b"bundle")


def test_the_probe_decides_where_a_bundle_goes_and_both_kinds_are_found_again(tmp_path: Path, store: Store) -> None:
    folder = DirectoryVault(tmp_path / "vault")
    weak, strong = ChosenVault(folder, locked(store), Abilities), ChosenVault(folder, locked(store), lambda: WORM)
    here, there = weak.put("E1.aupe", b"one"), strong.put("E2.aupe", b"two")
    assert (tmp_path / "vault" / here).read_bytes() == b"one"
    assert (weak.place(), strong.place()) == (str(tmp_path / "vault"), "s3://aup-vault")
    assert there.startswith("E2.aupe?")
    assert store.world.buckets["aup-vault"].keys["E2.aupe"][0].mode == "COMPLIANCE"
    assert [vault.get(ref) for vault in (weak, strong) for ref in (here, there)] == [b"one", b"two"] * 2


def test_a_store_that_cannot_be_asked_keeps_no_evidence_in_a_folder_by_the_way(tmp_path: Path, store: Store) -> None:
    def silent() -> Abilities:
        raise EnforcementError("the store cannot be probed", where="aup-probe-1", mend="x")

    with pytest.raises(VaultError, match="cannot be probed"):
        ChosenVault(DirectoryVault(tmp_path / "vault"), locked(store), silent).put("E1.aupe", b"one")
    assert not (tmp_path / "vault").exists()


def test_a_chosen_vault_holds_and_prolongs_only_under_a_lock(tmp_path: Path, store: Store) -> None:
    vault = ChosenVault(DirectoryVault(tmp_path / "vault"), locked(store), lambda: WORM)
    ref, later = vault.put("E1.aupe", b"one"), datetime.now(UTC) + timedelta(days=400)
    assert vault.hold(ref, on=True)
    assert vault.extend(ref, later)
    assert vault.extend(ref, later - timedelta(days=300))  # longer already: left as it is
    version = store.world.buckets["aup-vault"].keys["E1.aupe"][0]
    assert version.hold
    assert version.until is not None
    assert abs(version.until - later) < timedelta(seconds=2)
    assert not vault.hold("E9.aupe", on=True)
    assert not vault.extend("E9.aupe", later)


def test_a_bundle_under_a_lock_is_not_looked_for_in_the_folder(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="name its bucket in vault_bucket again"):
        ChosenVault(DirectoryVault(tmp_path), None, lambda: WORM).get("E1.aupe?v")


def test_the_lock_lasts_as_long_as_the_longest_clause_asks(store: Store) -> None:
    locked(store, keep=lambda: timedelta(days=365)).put("E1.aupe", b"bundle")
    until = store.world.buckets["aup-vault"].keys["E1.aupe"][0].until
    assert until is not None
    assert until > datetime.now(UTC) + timedelta(days=364)
