"""Whose a bucket is goes along with all that comes in, from the setting to the rows."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from scanner.adapters.s3_contents import s3_client
from scanner.bootstrap import House, open_house
from scanner.bootstrap_reports import open_reports
from scanner.bootstrap_rights import open_rights
from scanner.domain.content import UploadEvent
from scanner.domain.enforcement.orders import Order
from scanner.domain.requests import Lane
from scanner.settings import Settings


@pytest.fixture
def owned(settings: Settings, tmp_path: Path) -> Iterator[House]:
    file = tmp_path / "accounts.csv"
    file.write_text(f"name,account\n{settings.buckets[0]},account-1\n", encoding="utf-8")
    opened = open_house(replace(settings, accounts_file=str(file)), role="cli")
    yield opened
    opened.close()


def test_an_upload_a_rescan_and_an_order_are_of_the_buckets_owner(owned: House, settings: Settings) -> None:
    bucket, now = settings.buckets[0], datetime.now(UTC)
    s3_client(settings).put_object(Bucket=bucket, Key="bad/a", Body=b"one")
    owned.intake.accept([UploadEvent(bucket, "bad/a", etag="e1", size=3)])
    owned.rescanning.start(bucket, requester="li")
    owned.rescanning.advance(30)
    due = [owned.requests.fair(lane, now + timedelta(hours=1), 10) for lane in (Lane.UPLOADS, Lane.BULK)]
    taken = owned.requests.claim([*due[0], *due[1]], "w", now, now + timedelta(hours=1))
    assert [(row.lane, row.subject.account) for row in taken] == [
        (Lane.UPLOADS, "account-1"),
        (Lane.BULK, "account-1"),
    ]
    order = Order("O1", "court", "1/2026", "a" * 64, "§ 1", (f"{bucket}/bad",), now, None, filed_by="li")
    rights = open_rights(owned)
    rights.ordering.file(order)
    assert rights.ordering.carry_out() == {"suspend": 1}
    assert [case.subject.account for case in owned.casebook.cases((), 10, "")] == ["account-1"]
    assert open_reports(owned).reporting.accounts[bucket] == "account-1"
