"""How values are shown, previews' shapes, and passes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.pages.codes import REASONS, first_reason
from console.pages.shown import named, plainly, short, size, span, when, worded
from console.preview_shapes import decoded, hex_view, image_type, page_view, text_view
from console.preview_tokens import admit, issue, load_key
from scanner.domain.cases import Outcome
from scanner.errors import HookError

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def test_spans_by_their_two_greatest_units() -> None:
    lengths = (0, 59, 61, 3600, 90_000, -90, timedelta(days=3, hours=4, minutes=5))
    assert [span(one) for one in lengths] == ["0s", "59s", "1m 1s", "1h", "1d 1h", "-1m 30s", "3d 4h"]
    assert (span(None), when(None), when(NOW)) == ("–", "–", "2026-03-01 12:00 UTC")


def test_sizes_and_short_names() -> None:
    assert [size(count) for count in (5, 2048, 5 * 1024**2, 7 * 1024**3)] == ["5 B", "2.0 KB", "5.0 MB", "7.0 GB"]
    assert short("s3://bucket/a/very/long/name.php", 20) == "s3://bucket/a…me.php"
    assert short("short", 20) == "short"


def test_words_of_the_domain_lose_their_capitals_in_english_only() -> None:
    assert worded(lambda text: text, "DECIDED_CLEAN") == "decided clean"
    assert worded(lambda text: "已裁决", "DECIDED_CLEAN") == "已裁决"
    assert worded(lambda text: text, "li") == "li"


@given(st.text())
def test_nothing_invisible_is_printed(text: str) -> None:
    assert all(letter.isprintable() or letter in "\n\t" or letter.isspace() for letter in plainly(text))
    plainly(text).encode()


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"\x89PNG\r\n\x1a\n..", "image/png"), (b"RIFF1234WEBP", "image/webp"), (b"<svg/>", ""), (b"GIF89a", "image/gif")],
)
def test_only_plain_pictures_are_pictures(content: bytes, kind: str) -> None:
    assert image_type(content) == kind


@given(st.binary(max_size=400), st.integers(0, 500), st.integers(0, 50))
def test_a_text_preview_is_escaped_whatever_lies_there(content: bytes, at: int, length: int) -> None:
    shown = text_view(content, at, length).replace("<pre>", "").replace("</pre>", "")
    shown = shown.replace('<mark id="hit">', "").replace("</mark>", "")
    assert "<" not in shown
    assert ">" not in shown


def test_the_hit_is_marked_and_far_hits_move_the_window() -> None:
    assert '<mark id="hit">eval</mark>' in text_view(b"x eval y", 2, 4)
    far = text_view(b"a" * 1_000_000 + b"eval", 1_000_000, 4)
    assert '<mark id="hit">eval</mark>' in far
    assert len(far) < 300_000
    assert decoded("赌博".encode("gb18030")) == "赌博"


def test_hex_begins_at_the_line_of_the_offset() -> None:
    assert hex_view(bytes(range(64)), 33).startswith("<pre>00000020  20 21")
    assert hex_view(b"ab", 10**9) == "<pre>00000000  61 62" + " " * 44 + "ab</pre>"


@given(st.text())
def test_a_page_preview_has_no_attribute_and_no_acting_tag(text: str) -> None:
    before, after = "<img src=x onerror=a()>", '<script>b()</script><svg onload=c()><a href="javascript:d()">x</a>'
    shown = page_view(f"{before}{text}{after}".encode("utf-8", "replace"))
    for tag in ("<img", "<script", "<svg", "<a", "<style", "<iframe", "<form"):
        assert tag not in shown.lower()
    assert "=" not in "".join(part.split(">")[0] for part in shown.split("<")[1:])


def test_a_page_preview_keeps_what_a_reader_reads() -> None:
    shown = page_view(b"<h1>Win</h1><style>h1{}</style><p onclick=x()>88 &amp; more<br><a href='//evil'>here</a>")
    assert shown == "<h1>Win</h1><p>88 &amp; more<br><code>[a //evil]</code>here"


def test_a_pass_holds_for_its_time_and_cannot_be_changed(tmp_path: Path) -> None:
    key = load_key(tmp_path / "keys")
    assert load_key(tmp_path / "keys") == key
    text = issue(key, "C1", "E1", "li", NOW)
    assert admit(key, text, NOW).case == "C1"
    for wrong, moment in (
        (text + "0", NOW),
        ("x" + text, NOW),
        ("ab", NOW),
        ("é.é", NOW),
        (text, NOW + timedelta(hours=1)),
    ):
        with pytest.raises(HookError):
            admit(key, wrong, moment)


def test_the_first_reason_is_the_rules_own_or_the_clauses() -> None:
    assert first_reason(Outcome.VIOLATING, "3.1.3.7", "phishing.login") == "phishing"
    assert first_reason(Outcome.VIOLATING, "3.1.3.5.4", "zh.casino") == "gambling"
    assert first_reason(Outcome.VIOLATING, "9.9", "x") == "unlawful-other"
    assert all(first_reason(outcome, "", "") in codes for outcome, codes in REASONS.items())


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("report 2026.pdf", "report 2026.pdf"),
        ("report.pdf\n.exe", "report.pdf\\u000a.exe"),
        ("a\tb", "a\\u0009b"),
        ("report.pdf ", "report.pdf\\u0020"),
        (" a  b", "\\u0020a \\u0020b"),
        ("报告\u3000一.doc", "报告\\u3000一.doc"),
        ("a\u00a0b", "a\\u00a0b"),
        ("a\u3164b", "a\\u3164b"),
        ("gpj.\u202eexe", "gpj.\\u202eexe"),
    ],
)
def test_a_name_hides_no_blank(name: str, told: str) -> None:
    assert named(name) == told


def test_letters_with_nothing_to_see_are_spelled_and_breaks_of_a_text_are_kept() -> None:
    assert plainly("a\u115f\u2800b\nc") == "a\\u115f\\u2800b\nc"


def test_marks_of_a_script_stay_and_heaps_of_them_are_spelled() -> None:
    assert named("e\u0301a\u0323\u0302 हिन्दी") == "e\u0301a\u0323\u0302 हिन्दी"
    assert named("z" + "\u0337" * 9 + "x") == "z" + "\\u0337" * 9 + "x"
