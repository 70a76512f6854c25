"""Quick looks in front of the expressions over classic ASP change nothing of what they say."""

from hypothesis import given, settings
from hypothesis import strategies as st

from scanner.detection import tells
from scanner.detection.scripts import asp

PIECES = (
    *(b'"', b"&", b"+", b" ", b"chr(65)", b"ChrW(&h41)", b'strreverse("lave")', b"eval", b"execute ", b"x", b"="),
    *(b'request("a")', b".write ", b".run(", b'replace("axb","x","c")', b"\n", b"request", b"(", b")", b"_", b"y=1"),
    *(b'repl"&"ace(', b'("aXb","X","")', b'x="ab"\n', b"replace(x", b',"a","b")', b"createobject"),
)


def plainly(data: bytes) -> bytes | None:
    """The same with every expression asked of every page."""
    low = data.lower()
    pieces = any(word in low for word in tells.ASP_RUNS) and any(word in low for word in tells.ASP_TELLS)
    if not pieces and not (b"request" in low and any(word in low for word in tells.ASP_WRITES + tells.ASP_RUNS[:2])):
        return None
    plain = data
    for _ in range(asp.ROUNDS):
        plain = asp._REVERSED.sub(lambda match: b'"' + match.group(1)[::-1] + b'"', asp._CHAR.sub(asp._char, plain))
        plain = asp._replaced(asp._JOINT.sub(b"", plain))
    known = dict(asp._assigned(plain))
    read = {match.group(1).lower(): match.group(2) for match in asp._READ.finditer(plain)}

    def used(match: "asp.re.Match[bytes]") -> bytes:
        source = read.get(match.group(3).lower())
        return match.group() if source is None else match.group(1) + match.group(2) + source

    def shown(match: "asp.re.Match[bytes]") -> bytes:
        text = known.get(match.group(3).lower())
        return match.group() if text is None else match.group(1) + b"(" + text.replace(b'""', b'"') + b")"

    plain = asp._RUN_NAME.sub(shown, asp._USE.sub(used, plain))
    return plain if plain != data else None


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=16).map(b"".join))
def test_a_page_is_put_together_as_if_every_expression_was_asked(page: bytes) -> None:
    assert asp.plain_asp(page) == plainly(page)


def test_what_runs_shows_what_it_was_given() -> None:
    page = b'x = request("a")\neval (x)\ny="ab"\nexecute y\nreplace("1","1",chr(66))'
    assert asp.plain_asp(page) == plainly(page) != page
