"""Rows of the results file."""

Row = dict[str, object]


def at_least(figure: str, value: float, unit: str, target: float | None, note: str = "") -> Row:
    """A figure that should be `target` or more; None: it has no target."""
    return _row(
        figure, value, unit, f">= {target:g}" if target is not None else "-", target is None or value >= target, note
    )


def at_most(figure: str, value: float, unit: str, target: float | None, note: str = "") -> Row:
    """A figure that should be `target` or less; None: it has no target."""
    return _row(
        figure, value, unit, f"<= {target:g}" if target is not None else "-", target is None or value <= target, note
    )


def _row(figure: str, value: float, unit: str, target: str, holds: bool, note: str) -> Row:
    rounded = round(value, 3 if abs(value) < 10 else 1)
    return {"figure": figure, "value": rounded, "unit": unit, "target": target, "holds": bool(holds), "note": note}
