"""Published rulebooks: content-addressed, switched at once, rolled back with one command."""

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.errors import RuleError
from scanner.rulebook.load import load_rulebook
from scanner.rulebook.store import KEPT, Store, Version
from scanner.rulebook.watch import LastGood
from tests.unit.rulebook.house import PACK, RULE, folder, rules_folder

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def publish(store: Store, root: Path, number: int = 0, overlay: Path | None = None) -> Version:
    book = load_rulebook(root, overlay)
    return store.publish(root, overlay, book, "tester", NOW + timedelta(minutes=number), f"number {number}")


def edited(root: Path, number: int) -> Path:
    return folder(root, {"yara/webshell/php.yar": RULE.replace("{0,8}", f"{{0,{number + 9}}}")})


def test_a_published_rulebook_is_read_from_its_copy(tmp_path: Path) -> None:
    root, store = rules_folder(tmp_path), Store(tmp_path / "store")
    version = publish(store, root)
    edited(root, 5)
    book = store.book()
    assert book is not None
    assert book.digest == version.rulebook
    assert [each.current for each in store.versions()] == [True]


def test_publishing_the_same_files_again_is_the_same_version(tmp_path: Path) -> None:
    root, store = rules_folder(tmp_path), Store(tmp_path / "store")
    assert publish(store, root).digest == publish(store, root, 1).digest
    assert len(store.versions()) == 1


def test_a_rollback_puts_the_previous_version_in_force(tmp_path: Path) -> None:
    root, store = rules_folder(tmp_path), Store(tmp_path / "store")
    first = publish(store, root)
    second = publish(store, edited(root, 1), 1)
    assert store.roll_back("tester", NOW).digest == first.digest
    assert store.current.resolve().name == first.digest
    assert store.roll_back("tester", NOW, second.digest[:8]).digest == second.digest


def test_a_rollback_without_anything_before_is_refused(tmp_path: Path) -> None:
    root, store = rules_folder(tmp_path), Store(tmp_path / "store")
    publish(store, root)
    with pytest.raises(RuleError, match="there is no version before this one"):
        store.roll_back("tester", NOW)
    with pytest.raises(RuleError, match="names 0 versions"):
        store.roll_back("tester", NOW, "ffff")


def test_the_overlay_is_published_with_the_rules(tmp_path: Path) -> None:
    own = folder(
        tmp_path / "own", {"overlay.yaml": "schema: 1\ndisable: [{rule: 'webshell.*', reason: r, owner: o}]\n"}
    )
    store = Store(tmp_path / "store")
    publish(store, rules_folder(tmp_path), overlay=own)
    book = store.book()
    assert book is not None
    assert book.rules == {}


def test_old_versions_are_pruned_and_the_current_one_never(tmp_path: Path) -> None:
    root, store = rules_folder(tmp_path), Store(tmp_path / "store")
    made = [publish(store, edited(root, number), number) for number in range(KEPT + 4)]
    kept = {each.digest for each in store.versions()}
    assert len(kept) == KEPT + 1
    assert made[-1].digest in kept
    assert made[0].digest not in kept


def test_files_that_change_while_they_are_copied_are_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, store = rules_folder(tmp_path), Store(tmp_path / "store")

    def other_copy(source: Path, target: Path) -> None:
        target.write_bytes(source.read_bytes() + b"\n")

    monkeypatch.setattr("scanner.rulebook.store.shutil.copyfile", other_copy)
    with pytest.raises(RuleError, match="changed while they were copied"):
        publish(store, root)
    assert not store.current.exists()
    assert store.versions() == []


def test_readers_see_one_version_or_the_other_while_versions_are_switched(tmp_path: Path) -> None:
    root, store = rules_folder(tmp_path), Store(tmp_path / "store")
    digests = {publish(store, root).rulebook, publish(store, folder(root, {"keywords/g.yaml": PACK}), 1).rulebook}
    seen: list[str] = []
    troubles: list[str] = []
    stop = threading.Event()

    def read() -> None:
        rules = LastGood(store.current / "rules", store.current / "overlay", every=0)
        while not stop.is_set():
            seen.append(rules.current().digest)
            troubles.append(rules.trouble)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(15):
        store.roll_back("tester", NOW)
    stop.set()
    reader.join()
    assert set(seen) <= digests
    assert set(troubles) == {""}


def test_what_was_not_checked_is_not_published(tmp_path: Path) -> None:
    root, store = rules_folder(tmp_path), Store(tmp_path / "store")
    first = publish(store, root)
    checked = load_rulebook(root)
    edited(root, 3)
    with pytest.raises(RuleError, match="changed since they were checked"):
        store.publish(root, None, checked, "tester", NOW, "")
    assert store.current.resolve().name == first.digest


def test_a_history_that_was_cut_by_a_full_disk_still_leads_back(tmp_path: Path) -> None:
    root, store = rules_folder(tmp_path), Store(tmp_path / "store")
    first = publish(store, root)
    history = tmp_path / "store" / "history.jsonl"
    history.write_text(history.read_text(encoding="utf-8") + '{"digest": "ab', encoding="utf-8")
    second = publish(store, edited(root, 1), 1)
    assert store.roll_back("tester", NOW).digest == first.digest
    assert store.roll_back("tester", NOW).digest == second.digest


def test_two_who_publish_at_once_switch_one_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, store = rules_folder(tmp_path), Store(tmp_path / "store")
    book, inside, most = load_rulebook(root), list[int](), list[int]()
    real = Store._switch

    def slow(self: Store, digest: str, when: str, who: str) -> None:
        inside.append(1)
        most.append(len(inside))
        time.sleep(0.2)
        real(self, digest, when, who)
        inside.pop()

    monkeypatch.setattr(Store, "_switch", slow)
    threads = [threading.Thread(target=store.publish, args=(root, None, book, "tester", NOW, "")) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1, 1]
