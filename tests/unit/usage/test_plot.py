"""The plot is well-formed SVG, keeps peaks and gaps, and lets no name become markup."""

from xml.etree import ElementTree

from scanner.render.plot import MAX_POINTS, Mark, Panel, plot

NAME = "{http://www.w3.org/2000/svg}"


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)


def paths(svg: str, kind: str) -> list[str]:
    return [each.get("d", "") for each in drawn(svg).iter(f"{NAME}path") if each.get("class") == kind]


def test_a_plot_shows_use_limit_usual_and_marks() -> None:
    points = [(60 * n, 0.9 if 20 < n < 40 else 0.1) for n in range(60)]
    svg = plot(
        "acme", [Panel("cpu", points, 0.5, [(0, 0.1), (3_540, 0.1)], label="0.5 cores")], [Mark(1_500, "throttled")]
    )
    assert len(paths(svg, "v")) == len(paths(svg, "l")) == len(paths(svg, "u")) == len(paths(svg, "m")) == 1
    assert "bought: 0.5 cores" in svg
    assert "throttled" in svg


def test_a_gap_is_not_joined() -> None:
    points = [(60 * n, 1.0) for n in (*range(10), *range(50, 60))]
    assert len(paths(plot("x", [Panel("cpu", points, 0.5)]), "v")) == 2


def test_a_peak_is_never_thinned_away() -> None:
    points = [(60 * n, 9.0 if n == 7_777 else 0.1) for n in range(10_000)]
    svg = plot("x", [Panel("cpu", points, 1.0)])
    assert "9.9" in svg
    assert paths(svg, "v")[0].count("L") <= MAX_POINTS + 1


def test_names_are_escaped_and_control_characters_shown() -> None:
    svg = plot('<script>"&\x00\x1b', [Panel("<b>", [(0, 1.0), (60, 2e9)], 1.0)])
    assert "<script>" not in svg
    assert "<b>" not in svg
    drawn(svg)


def test_without_samples_the_plot_says_so() -> None:
    assert "no samples are kept" in plot("x", [])
    assert "no samples are kept" in plot("x", [Panel("cpu", [])])
    assert paths(plot("x", [Panel("cpu", [(5, 0.0)])]), "v")
