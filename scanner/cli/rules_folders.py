"""Which rules folder and overlay a command means, and detection over them as plain answers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from scanner.bootstrap_local import default_rules_dir, detector
from scanner.cli.exits import visible
from scanner.detection.sniff import sniff
from scanner.domain.content import Sample
from scanner.domain.rules import Rulebook
from scanner.rulebook.evaluation import seen_of
from scanner.rulebook.workbench import Eyes
from scanner.settings import Settings

RULES = click.option(
    "--rules",
    "rules_dir",
    type=click.Path(path_type=Path),
    help="Rules folder [default: the settings', or the shipped].",
)
OVERLAY = click.option(
    "--overlay", type=click.Path(path_type=Path), help="Operator's folder over it [default: the settings']."
)


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders a command works on."""

    rules: Path
    overlay: Path | None


def folders_of(context: click.Context, rules_dir: Path | None, overlay: Path | None) -> Folders:
    """The options over the settings over what was shipped."""
    settings = settings_of(context)
    rules = rules_dir or (Path(settings.rules_dir) if settings.rules_dir else default_rules_dir())
    own = overlay or (Path(settings.overlay_dir) if settings.overlay_dir and rules_dir is None else None)
    return Folders(rules, own)


def settings_of(context: click.Context) -> Settings:
    """The settings that `aup` read; defaults where the command is called alone."""
    made = context.obj
    return made() if callable(made) else Settings()


def eyes_of(book: Rulebook) -> Eyes:
    """The whole detection under the rulebook, as the gate looks through it."""
    found = detector(book, cage_mode="off")  # samples are our own: no cage is needed to read them
    engine = found.bundle.engine

    def hits(sample: Sample) -> frozenset[str]:
        return frozenset(each.rule for each in found.detect(sample).findings)

    def asked(sample: Sample) -> frozenset[str]:
        pieces = engine.possible(sample.data, sniff(sample.data, sample.name).lanes)
        return frozenset(rule for piece in pieces for rule in engine.pieces[piece].rules)

    always = frozenset(
        rule for piece in (engine.sieve.always if engine.sieve else ()) for rule in engine.pieces[piece].rules
    )
    return Eyes(hits, asked if engine.sieve else None, always)


def judging_of(book: Rulebook) -> Callable[[Sample], frozenset[str]]:
    """The whole detection under the rulebook: which rules would open a case over a sample, or act on it."""
    engine = detector(book, cage_mode="off")
    return lambda sample: seen_of(engine.detect(sample), book).judging


def visible_lines(text: str) -> str:
    """Text of several lines with every other control character escaped."""
    return "\n".join(visible(row) for row in text.split("\n"))


def columns(rows: list[tuple[Any, ...]], gap: str = "  ") -> list[str]:
    """Rows as aligned text; numbers stand right, hanzi count two columns."""
    texts = [tuple(str(cell) for cell in row) for row in rows]
    widths = [max(_width(row[index]) for row in texts) for index in range(len(texts[0]))] if texts else []
    right = [all(_is_number(row[index]) for row in rows[1:]) for index in range(len(widths))]
    return [
        gap.join(
            _padded(cell, width, at_right) for cell, width, at_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in texts
    ]


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) or str(cell).rstrip("%").replace(".", "").isdigit() or cell == ""


def _width(text: str) -> int:
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)


def _padded(text: str, width: int, at_right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if at_right else text + space
