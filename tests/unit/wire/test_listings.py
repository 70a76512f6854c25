"""Listings read the quick way give what the plain way gives, or leave it to that."""

from urllib.parse import quote
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.errors import StoreError
from scanner.wire.listings import listed, plainly, quickly

FIELDS = ("Key", "LastModified", "ETag", "Size", "StorageClass", "Owner")
keys = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
entries = st.lists(st.tuples(keys, st.integers(0, 10**12)), max_size=5)
orders = st.permutations(FIELDS).map(list)


def _entry(key: str, size: int, order: list[str], *, encoded: bool, quot: str, gap: str) -> str:
    fields = {
        "Key": quote(key, safe="/-_.~") if encoded else escape(key),
        "LastModified": "2026-01-02T03:04:05.678Z",
        "ETag": f"{quot}d41d8cd98f00b204e9800998ecf8427e-3{quot}",
        "Size": str(size),
        "StorageClass": "STANDARD",
    }
    owner = "<Owner><ID>abc</ID><DisplayName>d</DisplayName></Owner>"
    inner = gap.join(owner if name == "Owner" else f"<{name}>{fields[name]}</{name}>" for name in order)
    return f"<Contents>{inner}</Contents>"


def _answer(rows: str, *, encoded: bool = True, cut: bool = False) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">'
    parts = "<EncodingType>url</EncodingType>" if encoded else ""
    parts += f"<IsTruncated>{str(cut).lower()}</IsTruncated>"
    parts += "<NextContinuationToken>to/ken==</NextContinuationToken>" if cut else ""
    return f"{head}{parts}{rows}</ListBucketResult>".encode()


@given(
    entries,
    orders,
    st.booleans(),
    st.booleans(),
    st.sampled_from(["&quot;", '"', "&#34;"]),
    st.sampled_from(["", "\n "]),
)
def test_both_ways_give_the_same_marks(
    rows: list[tuple[str, int]], order: list[str], encoded: bool, cut: bool, quot: str, gap: str
) -> None:
    text = "".join(_entry(key, size, order, encoded=encoded, quot=quot, gap=gap) for key, size in rows)
    body = _answer(text, encoded=encoded, cut=cut)
    etag, moment = "d41d8cd98f00b204e9800998ecf8427e-3", "2026-01-02T03:04:05"
    want = [(key, etag, size, moment) for key, size in rows]
    assert plainly(body).marks == want
    assert listed(body) == plainly(body)
    assert (listed(body).token, listed(body).is_cut) == ("to/ken==" if cut else "", cut)


def test_the_form_that_stores_send_goes_the_quick_way() -> None:
    rows = "".join(_entry(f"k{n}", n, list(FIELDS), encoded=True, quot="&quot;", gap="") for n in range(3))
    assert quickly(_answer(rows).decode()) is not None


def test_an_entry_unlike_the_first_is_read_the_plain_way() -> None:
    first = _entry("a", 1, list(FIELDS), encoded=True, quot='"', gap="")
    other = _entry("b", 2, ["Size", "ETag", "Key", "LastModified"], encoded=True, quot='"', gap="")
    assert quickly(_answer(first + other).decode()) is None
    assert [mark[0] for mark in listed(_answer(first + other)).marks] == ["a", "b"]


@pytest.mark.parametrize("body", [b"", b"<a>", b"<!DOCTYPE x [<!ENTITY e 'x'>]><a/>"])
def test_what_is_no_listing_is_refused(body: bytes) -> None:
    with pytest.raises(StoreError):
        listed(body)


def test_an_entry_without_a_size_is_refused() -> None:
    with pytest.raises(StoreError, match="lacks"):
        listed(_answer("<Contents><Key>a</Key></Contents>"))
