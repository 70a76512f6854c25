"""A real console with its previews' origin over a strict store, and what a test does around the browser."""

import hashlib
import hmac
import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from playwright.sync_api import Page

from console.app import create_app
from console.preview import create_preview
from scanner.bootstrap import House, open_house
from scanner.bootstrap_rights import RightsHouse, open_rights
from scanner.domain.cases import Case
from scanner.settings import Settings
from tests.contract.s3_stores import Store, strict_store
from tests.integration.people import PASSWORD, add_person
from tests.integration.ports import free_port, wait_for

BUCKET = "tenant-a"


@dataclass
class Site:
    """The console at `url`; `house` and `rights` are its services, `store` the customers' store."""

    url: str
    house: House
    rights: RightsHouse
    store: Store

    def upload(self, key: str, data: bytes) -> Case:
        """Put an object, let the store's hook tell of it, scan it; the case that was opened."""
        subject = self.store.put(key, data, BUCKET)
        stored = {"key": key, "versionId": subject.version_id, "eTag": subject.etag, "size": len(data)}
        record = {"eventName": "ObjectCreated:Put", "s3": {"bucket": {"name": BUCKET}, "object": stored}}
        body = json.dumps({"Records": [record]}).encode()
        signature = "sha256=" + hmac.new(b"hook-secret", body, hashlib.sha256).hexdigest()
        headers = {"X-Aup-Signature": signature, "Content-Type": "application/json"}
        asked = urllib.request.Request(f"{self.url}/hooks/s3", body, headers)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            self.house.scanning.scan_batch(json.loads(answer.read())["requests"], "w")
        return next(case for case in self.house.casebook.cases((), 1000, "0") if case.subject.key == key)

    def enforce(self) -> None:
        """What the workers do: drain the outbox, then write and send notices."""
        self.house.enforcing.carry_out()
        self.rights.beat()

    def person(self, page: Page, name: str, *roles: str) -> None:
        """Make the account and sign in by keyboard alone."""
        add_person(self.house, name, *roles)
        self.enter(page, name)

    def enter(self, page: Page, name: str) -> None:
        """Sign in by keyboard alone."""
        page.goto(f"{self.url}/signin?next=/desk")
        page.wait_for_function("() => document.activeElement.id === 'name'")
        page.keyboard.type(name)
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_selector("nav")
        page.wait_for_load_state()  # a key pressed before the page's script is there presses nothing


@contextmanager
def open_site(folder: Path, **told: object) -> Iterator[Site]:
    """A site in a fresh state folder."""
    with strict_store() as store:
        store.bucket(BUCKET)
        port, preview_port = free_port(), free_port()
        settings = Settings.from_mapping(
            {
                "state_dir": str(folder / "state"),
                "s3_endpoint": store.url,
                "s3_access_key": "owner",
                "s3_secret_key": "secret",
                "buckets": BUCKET,
                "redis_url": "redis+socket:///nowhere.sock",
                "cage": "off",
                "hook_secret": "hook-secret",
                "console_port": port,
                "preview_port": preview_port,
                **told,
            }
        )
        house = open_house(settings, role="cli")
        with _served(create_app(house), port), _served(create_preview(house), preview_port):
            yield Site(f"http://127.0.0.1:{port}", house, open_rights(house), store)
        house.close()


@contextmanager
def _served(app: object, port: int) -> Iterator[None]:
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="error", lifespan="off"))  # type: ignore[arg-type]
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(port)
    yield
    server.should_exit = server.force_exit = True
    thread.join(10)


def until(told: object, seconds: float = 10.0) -> None:
    """Wait until a question is answered with yes; AssertionError after some time."""
    end = time.monotonic() + seconds
    while not told():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.1)
