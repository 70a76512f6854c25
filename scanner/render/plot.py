"""Plots of usage as SVG, drawn by us: use over time, what was bought, what is usual, and when measures came."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 860, 220, 84, 16, 34, 26
MAX_POINTS = 800  # more are drawn as the highest of each piece: a peak is never thinned away
_STYLE = (
    "text{font:12px sans-serif;fill:#222}.t{font-weight:bold}.g{stroke:#ddd}"
    ".l{stroke:#b00;stroke-dasharray:6 3;fill:none}"
    ".u{stroke:#888;stroke-dasharray:2 3;fill:none}.v{stroke:#15c;fill:none;stroke-width:1.5}.x{fill:#d33;opacity:.25}"
    ".m{stroke:#080;stroke-width:1.5}"
)
Point = tuple[int, float]


@dataclass(frozen=True, slots=True)
class Panel:
    """One resource: its points (second, canonical value), the limit, the usual (values by second), a name and a unit.

    `gap`: points further apart are not joined, since nothing is known between them.
    """

    title: str
    points: Sequence[Point]
    limit: float = 0.0
    usual: Sequence[Point] = ()
    gap: int = 180
    label: str = ""  # the limit in words


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment with a word: throttled, lifted."""

    at: int
    word: str


@dataclass(frozen=True, slots=True)
class _Scale:
    first: int
    last: int
    most: float
    top: int

    def x(self, at: int) -> float:
        span = max(self.last - self.first, 1)
        return round(LEFT + (at - self.first) / span * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        return round(self.top + HEIGHT - BOTTOM - value / self.most * (HEIGHT - TOP - BOTTOM), 1)


def plot(title: str, panels: Sequence[Panel], marks: Sequence[Mark] = ()) -> str:
    """An SVG document with one panel below the other; without any point it says so."""
    height = 30 + HEIGHT * max(len(panels), 1)
    body = [_text(LEFT, 20, title, "t")]
    for number, panel in enumerate(panels):
        body += _panel(panel, 30 + HEIGHT * number, marks)
    if not panels:
        body.append(_text(LEFT, 60, "no samples are kept for this time"))
    size = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
    return "\n".join([head, f"<title>{_clean(title)}</title><style>{_STYLE}</style>", *body, "</svg>", ""])


def _panel(panel: Panel, top: int, marks: Sequence[Mark]) -> list[str]:
    if not panel.points:
        return [_text(LEFT, top + TOP, f"{panel.title}: no samples are kept for this time")]
    points = _thinned(panel.points)
    values = [value for _, value in points] + [value for _, value in panel.usual]
    scale = _Scale(points[0][0], points[-1][0], max([*values, panel.limit, 1e-9]) * 1.1, top)
    limit = scale.y(panel.limit)
    lines = [_text(LEFT, top + 20, panel.title)]
    lines += _axes(scale)
    lines += [f'<path class="x" d="{_area(piece, panel.limit, scale)}"/>' for piece in _pieces(points, panel.gap)]
    lines += [f'<path class="v" d="{_path(piece, scale)}"/>' for piece in _pieces(points, panel.gap)]
    if panel.usual:
        lines.append(f'<path class="u" d="{_path(panel.usual, scale)}"/>')
    if panel.limit:
        lines.append(f'<path class="l" d="M{LEFT} {limit}H{WIDTH - RIGHT}"/>')
        lines.append(_text(WIDTH - RIGHT - 250, limit - 4, f"bought: {panel.label or f'{panel.limit:.3g}'}"))
    return lines + _marks(marks, scale)


def _axes(scale: _Scale) -> list[str]:
    lines = []
    for step in range(5):
        value, at = scale.most * step / 4, scale.first + (scale.last - scale.first) * step // 4
        lines.append(f'<path class="g" d="M{LEFT} {scale.y(value)}H{WIDTH - RIGHT}"/>')
        lines.append(_text(4, scale.y(value) + 4, _short(value)))
        moment = datetime.fromtimestamp(at, UTC)
        anchor = ("start", "middle", "middle", "middle", "end")[step]
        lines.append(_text(scale.x(at), scale.top + HEIGHT - 8, f"{moment:%m-%d %H:%M}", anchor=anchor))
    return lines


def _marks(marks: Sequence[Mark], scale: _Scale) -> list[str]:
    lines = []
    for number, mark in enumerate(mark for mark in marks if scale.first <= mark.at <= scale.last):
        x, top = scale.x(mark.at), scale.top + TOP
        lines.append(f'<path class="m" d="M{x} {top}V{scale.y(0)}"/>')
        anchor = "end" if x > WIDTH / 2 else "start"
        lines.append(_text(x + (-4 if anchor == "end" else 4), top + 10 + 13 * (number % 3), mark.word, anchor=anchor))
    return lines


def _pieces(points: Sequence[Point], gap: int) -> list[list[Point]]:
    """Runs of points without a gap; a lone point becomes a short dash."""
    pieces: list[list[Point]] = []
    for at, value in points:
        if pieces and at - pieces[-1][-1][0] <= gap:
            pieces[-1].append((at, value))
        else:
            pieces.append([(at, value), (at, value)])
    return pieces


def _thinned(points: Sequence[Point]) -> Sequence[Point]:
    size = -(-len(points) // MAX_POINTS)
    if size <= 1:
        return points
    return [max(points[start : start + size], key=lambda point: point[1]) for start in range(0, len(points), size)]


def _path(points: Sequence[Point], scale: _Scale) -> str:
    return "M" + "L".join(f"{scale.x(at)} {scale.y(value)}" for at, value in points)


def _area(points: Sequence[Point], limit: float, scale: _Scale) -> str:
    raised = [(at, max(value, limit)) for at, value in points]
    return f"{_path(raised, scale)}L{scale.x(points[-1][0])} {scale.y(limit)}L{scale.x(points[0][0])} {scale.y(limit)}Z"


def _text(x: float, y: float, words: str, kind: str = "", anchor: str = "start") -> str:
    name = f' class="{kind}"' if kind else ""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{name}>{_clean(words)}</text>'


def _clean(words: str) -> str:
    """Names belong to the attacker: markup is escaped, control characters are shown as such."""
    return escape("".join(letter if letter.isprintable() else "\ufffd" for letter in words))


def _short(value: float) -> str:
    for word, size in (("T", 1e12), ("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if value >= size:
            return f"{value / size:.3g}{word}"
    return f"{value:.3g}"
