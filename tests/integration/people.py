"""People for tests of the console: an account, its one-time code, and a signed-in client."""

from datetime import datetime

import pyotp
from fastapi.testclient import TestClient

from scanner.bootstrap import House
from scanner.bootstrap_access import AccessHouse, open_access

PASSWORD = "correct horse battery"


def add_person(house: House, name: str, *roles: str, with_totp: bool = False) -> str:
    """An account; the secret of its one-time codes, "" without."""
    _, address = open_access(house).keeping.add(name, roles, PASSWORD, "test", with_totp=with_totp)
    return pyotp.parse_uri(address).secret if address else ""


def code_of(secret: str, at: datetime | None = None) -> str:
    """The code of this moment."""
    return pyotp.TOTP(secret).at(at) if at else pyotp.TOTP(secret).now()


def sign_in(client: TestClient, house: House, name: str, *roles: str) -> str:
    """The client signed in as a person (made if unknown); the CSRF token for its forms and headers."""
    access: AccessHouse = open_access(house)
    if access.kept.account(name) is None:
        add_person(house, name, *roles)
    form = {"name": name, "password": PASSWORD, "next": "/"}
    answer = client.post("/signin", data=form, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    person = access.signing_in.person(client.cookies["aup"])
    assert person is not None
    return person.csrf
