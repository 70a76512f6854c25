"""What a CDN's publish hook may send."""

import json

import pytest

from scanner.errors import HookError
from scanner.wire.cdn_hooks import MOST_URL, published_urls


def test_urls_come_as_they_were_sent() -> None:
    assert published_urls(b'{"urls": ["https://a.example/x", "b"]}', 2) == ["https://a.example/x", "b"]


@pytest.mark.parametrize(
    ("body", "status", "where"),
    [
        (b"\xff", 422, "body"),
        (b"[" * 100_000, 422, "body"),
        (b"[]", 422, "urls"),
        (b'{"urls": []}', 422, "urls"),
        (b'{"urls": "https://a.example/"}', 422, "urls"),
        (json.dumps({"urls": ["a"] * 4}).encode(), 413, "urls"),
        (b'{"urls": ["a", 7]}', 422, "urls[1]"),
        (json.dumps({"urls": ["a" * (MOST_URL + 1)]}).encode(), 422, "urls[0]"),
    ],
)
def test_a_bad_list_of_urls_is_refused_with_its_place(body: bytes, status: int, where: str) -> None:
    with pytest.raises(HookError) as refusal:
        published_urls(body, 3)
    assert (refusal.value.status, refusal.value.where) == (status, where)
    assert refusal.value.mend
