"""An expression asked only where a lead begins finds what it finds when asked everywhere."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.detection.scripts import asp

PAIRS = {
    "char": (asp._LEAD_CHAR, asp._CHAR),
    "joint": (asp._LEAD_JOINT, asp._JOINT),
    "reversed": (asp._LEAD_REVERSED, asp._REVERSED),
    "replaced": (asp._LEAD_REPLACED, asp._REPLACED),
    "assigned": (asp._LEAD_ASSIGNED, asp._ASSIGNED),
    "read": (asp._LEAD_READ, asp._READ),
    "use": (asp._LEAD_USE, asp._USE),
    "run": (asp._LEAD_RUN, asp._RUN_NAME),
}
PIECES = (
    *(b'"', b"&", b"+", b" ", b"chr(65)", b"ChrW(&h41)", b'strreverse("lave")', b"eval", b"EXECUTE ", b"x", b"=", b"_"),
    *(b'request("a")', b".write ", b".run(", b'replace("axb","x","c")', b"\n", b"request", b"(", b")", b"y=1"),
    *(b'("aXb","X","")', b'x="ab"\n', b"replace(x", b',"a","b")', b"executeglobal x", b"_\r\n", b"9", b".exec", b":"),
    *(b"a" * 31, b"\xff", b"addcode", b".form", b"\t", b"conn.execute sql", b"trim("),
)


def spans(found: Any) -> list[tuple[int, int]]:
    return [match.span() for match in found]


@pytest.mark.parametrize("name", PAIRS)
@settings(max_examples=400, deadline=None)
@given(data=st.lists(st.sampled_from(PIECES), max_size=24).map(b"".join))
def test_leads_find_what_the_expression_finds(name: str, data: bytes) -> None:
    lead, exact = PAIRS[name]
    assert spans(asp.found(lead, exact, data)) == spans(exact.finditer(data))
    assert asp.put(lead, exact, lambda match: b"<" + match.group() + b">", data) == exact.sub(rb"<\g<0>>", data)


@pytest.mark.parametrize("piece", [b'x = "a"\n', b'"&" "', b"eval x\n", b'r = request("a")\n'])
def test_where_leads_are_dense_nothing_is_lost(piece: bytes) -> None:
    data = b"no lead here " * 200 + piece * (3 * asp.FEW_LEADS)
    for lead, exact in PAIRS.values():
        assert spans(asp.found(lead, exact, data)) == spans(exact.finditer(data))


def test_a_lead_that_is_no_match_hides_none_behind_it() -> None:
    page = b'x = request = request("a")'
    assert re.search(rb'^request = request\("a"\)', next(asp.found(*PAIRS["read"], page)).group())
