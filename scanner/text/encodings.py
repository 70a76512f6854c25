"""Which encoding bytes are in: BOM, declared, <meta>, strict UTF-8, UTF-16 by byte planes, GB18030 against Big5.

A wrong guess is an evasion: where two encodings are close, or a declared one disagrees, both are read.
"""

import codecs
import re
from dataclasses import dataclass

import numpy as np

from scanner.text.folding import BREAK
from scanner.text.places import DecodedPlaces, Places

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(rb"<(?:meta[^>]{0,400}?|\?xml[^>]{0,200}?)(?:charset|encoding)\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.I)
_META_HEAD = 4096
_SAMPLE = 1 << 18
_SAME_AS = {  # what browsers read a label as
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "utf-16": "utf-16-le",
    "utf-32": "utf-32-le",
}
_CLOSE = 0.75  # the second best encoding is read too when its score is at least this part of the best one's
_FREQUENT = frozenset(
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方"
    "多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使"
    "情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化"
    "這個們來為國時會對說過發後麼經動現當沒還進樣開從實軍無與長機問關點業將兩間應戰頭體見產題變萬員處網路電請買賣錢價優惠"
    "服务网络电话请免费加微信群联系平台注册登录下载"
)


@dataclass(frozen=True, slots=True)
class Reading:
    """Bytes read as text in one encoding."""

    text: str
    codec: str
    places: Places


def readings(data: bytes, declared: str = "") -> tuple[tuple[Reading, ...], tuple[str, ...]]:
    """The bytes as text, once or twice, the likeliest first, and notes on the choice."""
    for bom, codec in _BOMS:
        if data.startswith(bom):
            return (_read(data, codec, len(bom)),), (f"encoding {codec} by its mark",)
    labels, notes = _labels(data, declared)
    codecs_, reason = _candidates(data, labels)
    notes.append(f"encoding {' and '.join(codecs_)} {reason}")
    return tuple(_read(data, codec) for codec in codecs_), tuple(notes)


def _read(data: bytes, codec: str, skip: int = 0) -> Reading:
    text = (data[skip:] if skip else data).decode(codec, "replace")
    if not text.isascii():
        text = _clean(text)
    return Reading(text, codec, DecodedPlaces(data, codec, skip))


def _clean(text: str) -> str:
    """The text without the break character, which is ours, and without lone surrogates; same length."""
    return text.replace(BREAK, "\ufffd") if BREAK in text else text


def _labels(data: bytes, declared: str) -> tuple[list[str], list[str]]:
    """Codecs that the store and the page name, and notes on unknown names."""
    found = _META.search(data, 0, _META_HEAD)
    labels: list[str] = []
    notes: list[str] = []
    for label, source in ((declared, "declared"), (found[1].decode("ascii") if found else "", "<meta>")):
        if not label:
            continue
        codec = codec_of(label)
        if codec is None:
            notes.append(f"{source} encoding {label[:40]!r} is unknown")
        elif codec not in labels:
            labels.append(codec)
    return labels, notes


def codec_of(label: str) -> str | None:
    """The Python codec that a charset label means to a browser, None when it is unknown."""
    try:
        found = codecs.lookup(label.strip().strip("\"'").lower())
    except (LookupError, ValueError):
        return None
    if not found._is_text_encoding or found.name in (
        "idna",
        "punycode",
        "unicode_escape",
        "raw_unicode_escape",
        "utf-7",
    ):
        return None
    return _SAME_AS.get(found.name, found.name)


def _candidates(data: bytes, labels: list[str]) -> tuple[tuple[str, ...], str]:
    sample = data[:_SAMPLE]
    if sample.isascii() and data.isascii() and not (wide := _wide(sample)):
        stateful = [label for label in labels if label.startswith(("iso2022", "hz"))]
        return ("utf-8", *stateful[:1]), "(plain ASCII)"
    if wide := _wide(sample):
        return (wide,), "by its byte planes"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return _guess(sample, labels)
    other = [label for label in labels if label != "utf-8"]
    return ("utf-8", *other[:1]), "by strict trial" + (", declared otherwise" if other else "")


def _wide(sample: bytes) -> str:
    """UTF-16 without a mark: at one parity nearly all bytes are of the planes that text uses."""
    if len(sample) < 8 or len(sample) % 2:
        sample = sample[: len(sample) // 2 * 2]
    if len(sample) < 8:
        return ""
    pairs = np.frombuffer(sample, np.uint8).reshape(-1, 2)
    for column, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
        high, low = pairs[:, column], pairs[:, 1 - column]
        planes = (high == 0) & (low != 0) | (high >= 0x4E) & (high <= 0x9F) | (high == 0x30) | (high == 0xFF)
        if planes.mean() > 0.9 and ((high == 0).mean() > 0.2 or _is_cjk_wide(sample, codec)):
            return codec
    return ""


def _is_cjk_wide(sample: bytes, codec: str) -> bool:
    """Hanzi in UTF-16 without any ASCII: only if far more of them are frequent than of the same bytes as UTF-8."""
    text = sample.decode(codec, "replace")
    return _frequent_share(text) > 0.25


def _frequent_share(text: str) -> float:
    hanzi = [char for char in text[:20_000] if "\u3400" <= char <= "\u9fff"]
    return sum(char in _FREQUENT for char in hanzi) / len(hanzi) if hanzi else 0.0


def _guess(sample: bytes, labels: list[str]) -> tuple[tuple[str, ...], str]:
    """The best one or two of all legacy encodings, by how much their text looks like Chinese."""
    scores = {codec: _score(sample, codec) for codec in dict.fromkeys(("gb18030", "big5hkscs", "utf-8", *labels))}
    ranked = sorted(scores, key=lambda codec: -scores[codec])
    best, second = ranked[0], ranked[1]
    chosen = [best]
    if scores[second] >= _CLOSE * scores[best]:
        chosen.append(second)
    chosen.extend(label for label in labels if label not in chosen)
    return tuple(chosen[:3]), "by trial" + (", two are close" if len(chosen) > 1 else "")


def _score(sample: bytes, codec: str) -> float:
    text = sample.decode(codec, "replace")
    errors = text.count("\ufffd")
    share = _frequent_share(text)
    return max(0.0, 0.05 + share - 4 * errors / max(1, len(text)))
