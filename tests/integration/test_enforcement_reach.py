"""What else is within a user's reach: evidence under Object Lock, orders, strikes and the ladder, notices kept back."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from scanner.bootstrap import House, SystemClock, open_house
from scanner.domain.cases import Outcome
from scanner.settings import Settings
from tests.contract.s3_stores import Store
from tests.integration.steady import lived_through
from tests.integration.test_enforcement_story import EICAR, Aup, aup, house, rules, store, upload

__all__ = ["aup", "house", "rules", "store"]
BODY = EICAR.encode()


def violating(house: House, store: Store, key: str) -> str:
    """An upload that a person decided to be violating; the case."""
    case = upload(house, store, key, BODY + b" " * len(key))
    held = house.reviewing.claim(case, "zhao")
    house.reviewing.decide(case, "zhao", held.tokens, Outcome.VIOLATING, "malware")
    return case


def test_evidence_lies_under_object_lock_where_a_bucket_is_named(
    house: House, store: Store, aup: Aup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUP_VAULT_BUCKET", "aup-vault")
    with_lock = open_house(
        Settings.from_mapping({**_told(house), "vault_bucket": "aup-vault"}, where="test"), role="cli"
    )
    case = upload(with_lock, store, "eicar.com", BODY)
    custody = with_lock.casebook.custody(with_lock.casebook.case(case).evidence)
    assert "?" in custody.ref
    [versions] = store.world.buckets["aup-vault"].keys.values()
    assert versions[0].mode == "COMPLIANCE"
    assert "suspend DONE" in aup("enforce")[1]
    assert "EICAR" in aup("evidence", "view", case, "--reason", "to decide", "--by", "li")[1]
    status, out, _ = aup("stores", "show")
    assert (status, "evidence under Object Lock: yes, s3://aup-vault" in out) == (0, True)
    assert not list(Path(house.settings.state_dir, "vault").glob("*"))
    with_lock.close()


def test_a_store_without_locks_keeps_evidence_in_the_folder_and_says_so(
    house: House, store: Store, aup: Aup, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.world.quirks = frozenset({"no-lock"})
    monkeypatch.setenv("AUP_VAULT_BUCKET", "aup-vault")
    weak = open_house(Settings.from_mapping({**_told(house), "vault_bucket": "aup-vault"}, where="test"), role="cli")
    case = upload(weak, store, "eicar.com", BODY)
    assert weak.casebook.case(case).evidence
    assert list(Path(house.settings.state_dir, "vault").glob("*.aupe"))
    status, out, _ = aup("stores", "show")
    assert (status, "no, an append-only folder: the store was not shown to keep COMPLIANCE" in out) == (1, True)
    weak.close()


def test_a_store_whose_holds_refuse_even_us_is_followed_to_the_deletion(
    house: House, store: Store, aup: Aup, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.world.quirks = frozenset({"owner-by-name", "version-condition-ignored"})
    case = upload(house, store, "eicar.com", BODY)
    assert "suspend DONE" in aup("enforce")[1]
    with pytest.raises(ClientError, match="403"):
        store.client.head_object(Bucket="tenant-a", Key="eicar.com")
    for person in ("li", "wang"):
        assert "EICAR" in aup("evidence", "view", case, "--reason", "to decide", "--by", person)[1]
    aup("deletions", "propose", case, "--reason", "malware", "--by", "li")
    aup("deletions", "approve", case, "--reason", "seen it too", "--by", "wang")
    monkeypatch.setattr(SystemClock, "now", lambda self: datetime.now(UTC) + timedelta(days=8))
    lived_through(house, 8)
    assert "delete DONE" in aup("enforce")[1]
    assert "eicar.com" not in store.world.buckets["tenant-a"].keys


def test_an_order_is_filed_carried_out_and_listed(house: House, store: Store, aup: Aup, tmp_path: Path) -> None:
    document = tmp_path / "order.pdf"
    document.write_bytes(b"%PDF the order")
    store.put("bad/a", b"named by the order", "tenant-a")
    store.put("good/a", b"not named", "tenant-a")
    file = ("orders", "file", "--authority", "Court of Haidian", "--reference", "17/2026", "--document", str(document))
    file += ("--legal-basis", "Cybersecurity Law art. 47", "--scope", "tenant-a/bad", "--wants", "suspend")
    order = json.loads(aup(*file, "--ends", "2099-12-31", "--by", "li", "--json")[1])
    assert order["scope"] == ["tenant-a/bad"]
    assert aup(*file, "--by", "li")[0] == 2  # filed before
    told = aup("enforce")[1]
    assert "suspend DONE" in told
    assert "1 by order: suspend" in told
    assert (store.anonymous("bad/a", "tenant-a"), store.anonymous("good/a", "tenant-a")) == (403, 200)
    assert "1 orders in force" in aup("orders", "list")[1]
    [case] = house.casebook.cases((), 10, "")
    shown = json.loads(aup("courses", "show", case.id, "--json")[1])
    assert (case.source, shown["course"]["ends_at"][:10]) == ("order", "2099-12-31")
    notice = json.loads(aup("notices", "show", shown["notices"][0]["id"], "--json")[1])
    assert (notice["source"], notice["state"]) == ("SOURCE_TYPE_OTHER_NOTIFICATION", "SENT")
    assert "scope: s3://tenant-a/bad/a" in aup("notices", "show", notice["id"])[1]


def test_a_confidential_order_with_one_person_is_refused(house: House, aup: Aup, tmp_path: Path) -> None:
    document = tmp_path / "order.pdf"
    document.write_bytes(b"%PDF")
    file = ("orders", "file", "--authority", "a", "--reference", "r", "--document", str(document), "--legal-basis", "l")
    file += ("--scope", "tenant-a", "--wants", "suspend", "--confidential-until", "2099-01-01", "--by", "li")
    status, _, err = aup(*file)
    assert (status, "needs two people" in err) == (2, True)
    assert "0 orders in force" in aup("orders", "list")[1]


def test_the_ladder_is_climbed_by_a_person_and_down_again(house: House, store: Store, aup: Aup) -> None:
    cases = [violating(house, store, f"gallery/{number}.com") for number in range(1)]
    store.put("gallery/photo", b"harmless", "tenant-a")
    climb = ("measures", "widen", cases[0], "--rung", "container", "--prefix", "gallery/", "--reason", "again")
    status, _, err = aup(*climb)
    assert (status, "of the 12 that carry the rung container" in err) == (2, True)
    cases += [violating(house, store, f"gallery/{number}{number}.com") for number in range(1, 6)]
    account = house.casebook.case(cases[0]).subject.account
    standing = json.loads(aup("strikes", "show", account, "--bucket", "tenant-a", "--json")[1])
    assert (standing["rung"], len(standing["strikes"])) in {("container", 6), ("account", 6)}
    action = json.loads(aup(*climb, "--by", "wang", "--json")[1])["id"]
    aup("enforce")
    assert store.anonymous("gallery/photo", "tenant-a") == 403
    assert "suspend DONE bucket:tenant-a gallery/ by wang" in aup("measures", "list", cases[0])[1]
    assert "SUSPENDED bucket:tenant-a gallery/" in aup("courses", "show", cases[0])[1].replace("NOTICED", "SUSPENDED")
    wide = json.loads(aup("courses", "show", cases[0], "--json")[1])["wide"][0]
    assert wide["subject"]["key"] == "gallery/"
    longer = aup(
        "courses", "renew", wide["id"], "--days", "300", "--reason", "again and again", "--by", "wang", "--json"
    )
    assert json.loads(longer[1])["ends_at"][:10] > wide["ends_at"][:10]
    assert "restore" in aup("measures", "lift", action, "--reason", "cleaned up", "--by", "wang")[1]
    aup("enforce")
    assert store.anonymous("gallery/photo", "tenant-a") == 200
    strike = standing["strikes"][0]["id"]
    assert "void by wang" in aup("strikes", "void", account, strike, "--reason", "in error", "--by", "wang")[1]
    assert "void: in error" in aup("strikes", "show", account)[1]


def _told(house: House) -> dict[str, object]:
    chosen = house.settings
    names = ("state_dir", "anchor_dir", "s3_endpoint", "s3_access_key", "s3_secret_key", "buckets", "redis_url")
    return {**{name: getattr(chosen, name) for name in names}, "rules_dir": chosen.rules_dir, "cage": "off"}
