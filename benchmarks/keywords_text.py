"""The texts and terms that the keyword figures are taken on."""

import gzip
import json
import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from scanner.keywords.frequency import benign_counts
from scanner.keywords.packs import parse_pack
from scanner.keywords.values import Pack
from scanner.text.sounds import is_hanzi

ROOT = Path(__file__).resolve().parent.parent
LINES = ROOT.parent / "shared" / "data" / "text_lines.jsonl.gz"
DOCUMENT = 3_000  # characters of one document of a speed run


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled text."""

    text: str
    lang: str
    label: str
    clause: str
    cat: str
    negative_for: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Documents as UTF-8, and where they are from."""

    name: str
    documents: tuple[bytes, ...]
    origin: str

    @property
    def size(self) -> int:
        """Bytes of all documents."""
        return sum(map(len, self.documents))


def read_lines() -> list[Line]:
    """The labelled lines beside this checkout; none where they are absent."""
    if not LINES.exists():
        return []
    with gzip.open(LINES, "rt", encoding="utf-8") as rows:
        return [
            Line(row["text"], row["lang"], row["label"], row["clause"], row["cat"], row["neg_for"])
            for row in map(json.loads, rows)
        ]


def shipped_packs() -> list[Pack]:
    """The packs of keyword rules that are shipped."""
    folder = ROOT / "rules" / "keywords"
    return [parse_pack(str(file.relative_to(ROOT)), file.read_text("utf-8")) for file in sorted(folder.glob("*.yaml"))]


def corpora(lines: list[Line]) -> Iterator[Corpus]:
    """Chinese, pages and English: real text where it is at hand, made text where not."""
    for lang, name in (("zh", "Chinese"), ("en", "English")):
        text = "\n".join(line.text for line in lines if line.lang == lang and line.label == "benign")
        origin = "benign lines of ../shared/data, joined"
        if not text:
            text, origin = made_text(lang, 400_000), "made text"
        yield Corpus(name, _documents(text), origin)
    pages = tuple(_pages())
    made = not pages
    if made:
        pages = tuple(_as_page(text) for text in _documents(made_text("zh", 300_000)))
    yield Corpus("HTML", pages, "made pages" if made else "benign pages of AUP_CORPUS")


def _documents(text: str) -> tuple[bytes, ...]:
    return tuple(text[place : place + DOCUMENT].encode() for place in range(0, len(text), DOCUMENT))


def _pages() -> Iterator[bytes]:
    corpus = os.environ.get("AUP_CORPUS")
    if corpus:
        files = (file for file in sorted(Path(corpus).rglob("*.htm*")) if 2_000 < file.stat().st_size < 60_000)
        for _, file in zip(range(300), files, strict=False):
            body = file.read_bytes().decode("utf-8", "replace")
            yield body.encode()


def _as_page(text: bytes) -> bytes:
    rows = text.decode("utf-8", "replace").split("，")
    body = "".join(f'<div class="row"><p><a href="/page/{n}.html">{row}</a></p></div>\n' for n, row in enumerate(rows))
    return f"<html><head><title>{rows[0]}</title></head><body>{body}</body></html>".encode()


def made_text(lang: str, size: int) -> str:
    """Text drawn from the frequent n-grams of benign text, the same every time."""
    draw = random.Random(20261124)
    counts = benign_counts().counts
    grams = [gram for gram in counts if (is_hanzi(gram[0]) and len(gram) > 1) if lang == "zh" or not is_hanzi(gram[0])]
    if lang != "zh":
        grams = [gram for gram in counts if gram.isascii()]
    weights = [counts[gram] for gram in grams]
    mark = "，" if lang == "zh" else " "
    out = draw.choices(grams, weights, k=size // 2)
    return (("" if lang == "zh" else " ").join(out[:size]) if lang != "zh" else mark.join(_by(out, 7)))[:size]


def _by(words: list[str], count: int) -> Iterator[str]:
    for place in range(0, len(words), count):
        yield "".join(words[place : place + count])


def made_terms(count: int) -> list[str]:
    """Distinct folded terms of two to five characters, nine tenths of them Chinese, that ordinary text seldom holds."""
    draw = random.Random(7)
    counts = benign_counts().counts
    hanzi = [gram for gram in counts if len(gram) == 1 and is_hanzi(gram)]
    weights = [counts[char] for char in hanzi]
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    terms: dict[str, None] = {}
    while len(terms) < count:
        if draw.random() < 0.1:
            terms["".join(draw.choices(letters, k=draw.choice((5, 6, 7, 8))))] = None
        else:
            term = "".join(draw.choices(hanzi, weights, k=draw.choice((2, 3, 3, 4, 4, 5))))
            if term not in counts:
                terms[term] = None
    return list(terms)
