"""Fuzzing of the API: generated calls, good and bad, over every operation of the OpenAPI document.

Half of the calls name rows that exist, and they come from a system with every scope and from a person with every role,
so that they reach the code behind the doors. Counted are calls, server errors and answers that the document does not
describe (status, media type, schema).
"""

import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import HypothesisWarning
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from console.app import create_app
from scanner.bootstrap import House
from scanner.bootstrap_access import open_access
from scanner.domain.access import SCOPES, Role
from tests.integration.filled import Filled, fill
from tests.integration.people import sign_in

CHECKS = [status_code_conformance, content_type_conformance, response_schema_conformance]
DOCUMENT = "/api/v1/openapi.json"
RATE = 10_000_000  # calls a minute: what is measured here is not the brake
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


@schemathesis.serializer("application/x-protobuf")
def _protobuf(_context: Any, value: Any) -> bytes:
    """Bytes as they are; anything else as its text."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "replace")


@dataclass
class Tally:
    """What came of it: calls by status, and the first words of everything that was wrong."""

    calls: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    server_errors: list[str] = field(default_factory=list)
    breaks: list[str] = field(default_factory=list)
    operations: Counter[str] = field(default_factory=Counter)
    ungenerated: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Callers:
    """One client for the system, one for the person, and the rows that exist."""

    system: TestClient
    person: TestClient
    rows: tuple[Filled, ...]


@contextmanager
def callers_of(house: House) -> Iterator[Callers]:
    """Callers of an application over a filled house, without its brake."""
    told = replace(house, settings=replace(house.settings, api_rate=RATE))
    rows = (fill(told, "acme"), fill(told, "rival"))
    secret, _ = open_access(told).issuing.issue("fuzz", SCOPES, "bench")
    app = create_app(told)
    system = TestClient(app, raise_server_exceptions=False, headers={"Authorization": f"Bearer {secret}"})
    person = TestClient(app, raise_server_exceptions=False)
    person.headers["X-CSRF-Token"] = sign_in(person, told, "fuzz", *(role.value for role in Role))
    yield Callers(system, person, rows)
    system.close()
    person.close()


def fuzz(house: House, calls: int, number: int = 1) -> Tally:
    """So many generated calls, spread evenly over the operations; `number` seeds the dice."""
    tally = Tally()
    with callers_of(house) as callers, warnings.catch_warnings():
        warnings.simplefilter("ignore", HypothesisWarning)
        schema = schemathesis.openapi.from_dict(callers.system.get(DOCUMENT).json())
        operations = [found.ok() for found in schema.get_all_operations() if hasattr(found, "ok")]
        round_number = 0
        while tally.calls < calls:
            each = max(2, (calls - tally.calls) // (len(operations) * len(MODES)))
            before = tally.calls
            for operation in operations:
                for mode in MODES:
                    if tally.calls < calls:
                        _one(operation, mode, min(each, calls - tally.calls), callers, tally, number + round_number)
            round_number += 1
            if tally.calls == before:
                break
    return tally


def _one(operation: Any, mode: GenerationMode, each: int, callers: Callers, tally: Tally, number: int) -> None:
    """So many calls of one operation."""
    quiet = settings(
        max_examples=each,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )

    @quiet
    @seed(number)
    @given(case=operation.as_strategy(generation_mode=mode))
    def run(case: Any) -> None:
        if tally.calls % 2:
            _name_rows(case, callers.rows[tally.calls % len(callers.rows)])
        client = callers.person if tally.calls % 3 == 0 else callers.system
        _judge(case, client, tally)

    try:
        run()
    except Exception as error:  # schemathesis has no way to break some operations: said, not hidden
        tally.ungenerated.append(f"{operation.label} {mode.value}: {type(error).__name__} {str(error)[:80]}")


def _name_rows(case: Any, rows: Filled) -> None:
    """Ids of rows that exist, in place of generated ones."""
    names = {"case_id": rows.case, "action_id": rows.action, "notice_id": rows.notice, "appeal_id": rows.appeal}
    for name in set(case.path_parameters or {}) & set(names):
        case.path_parameters[name] = names[name]


def _judge(case: Any, client: TestClient, tally: Tally) -> None:
    keep = {name: value for name, value in (case.headers or {}).items() if name.lower() == "idempotency-key"}
    case.headers.clear()
    case.headers.update(keep)
    wanted = case.as_transport_kwargs(base_url="http://testserver")
    wanted.pop("files", None) if not wanted.get("files") else None
    wanted["cookies"] = None
    try:
        answer = client.request(**wanted)
    except (UnicodeEncodeError, ValueError) as error:  # what no client can put on a wire
        tally.ungenerated.append(f"{case.operation.label}: unsendable {type(error).__name__}")
        return
    tally.calls += 1
    tally.statuses[answer.status_code] += 1
    tally.operations[case.operation.label] += 1
    told = f"{case.operation.label} {answer.status_code}"
    if answer.status_code >= 500 and answer.status_code != 503:
        tally.server_errors.append(f"{told}: {answer.text[:200]}")
    try:
        case.validate_response(schemathesis.Response.from_any(answer), checks=CHECKS)
    except FailureGroup as group:
        tally.breaks += [f"{told}: {str(failure)[:300]}" for failure in group.exceptions]
    except AssertionError as error:
        tally.breaks.append(f"{told}: {str(error)[:300]}")
