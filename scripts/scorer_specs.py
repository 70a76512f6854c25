"""What each scorer learns from, and what it is only measured on."""

from collections.abc import Callable
from dataclasses import dataclass

HARM, COLD, SWSR = "zjunlp/ChineseHarm-bench", "thu-coai/COLDataset", "aggiejiang/SWSR"
UCI, TG_EN = "justmarkham/pycon-2016-tutorial", "umputun/tg-spam"
LAWS, POETRY = "LawRefBook/Laws", "chinese-poetry/chinese-poetry"


@dataclass(frozen=True, slots=True)
class Line:
    """One labelled line, folded."""

    id: str
    cat: str
    label: str
    repo: str
    licence: str
    folded: str


@dataclass(frozen=True, slots=True)
class Spec:
    """One scorer. `learn` says yes, no, or "" for lines that are not learned from; `calibrate` names benign lines that
    are not learned from and still set the threshold; `measure` names positives of sources that it never saw.
    """

    name: str
    id: str
    clause: str
    description: str
    learn: Callable[[Line], str]
    calibrate: Callable[[Line], bool]
    measure: Callable[[Line], bool]
    limits: tuple[str, ...]


def _calm(line: Line) -> bool:
    """Benign lines of a licence under which weights may be shipped."""
    return line.repo in (HARM, COLD, SWSR, LAWS, POETRY, UCI) and line.label == "benign"


def _headline(line: Line) -> bool:
    """News headlines: their research licence keeps them out of the weights, not out of the threshold."""
    return line.cat == "news_headline"


def _telegram(line: Line) -> bool:
    """Advertisements of another platform, of all kinds; their licence keeps them out of the weights."""
    return line.cat == "tg_illicit_ads"


def _comments(name: str, category: str, clause: str, cat: str, what: str) -> Spec:
    """A scorer that learns one kind of comment from ChineseHarm-bench."""

    def learn(line: Line) -> str:
        if line.repo == HARM and line.cat == cat:
            return "yes"
        return "no" if _calm(line) else ""

    return Spec(
        name=name,
        id=f"{category}.scorer-zh",
        clause=clause,
        description=f"Chinese text that reads like {what}",
        learn=learn,
        calibrate=_headline,
        measure=_telegram,
        limits=(
            "learned from short comments of one platform; long advertisements and other platforms are found less often",
            "benign lines are comments, statutes, poems, messages and written answers; other chat may score higher",
            "the cross-source lines hold advertisements of every kind, so a low recall there is no error by itself",
        ),
    )


def _spam_en(line: Line) -> str:
    if line.repo != UCI:
        return ""
    return "yes" if line.cat == "spam_en" else "no"


SPECS = (
    _comments("gambling-zh", "gambling", "3.1.3.5.4", "gambling", "a betting advertisement"),
    _comments("sexual-zh", "sexual", "3.1.3.5.3", "porn", "sexual solicitation or pornography on offer"),
    _comments(
        "illicit-trade-zh", "illicit-trade", "3.1.3.5.8", "illicit_ads", "an offer of paid posting or fake orders"
    ),
    _comments("fraud-zh", "fraud", "3.1.3.7", "fraud", "a fraudulent offer of money or work"),
    Spec(
        name="spam-en",
        id="spam.scorer-en",
        clause="3.1.3.4",
        description="English text that reads like a bulk message",
        learn=_spam_en,
        calibrate=lambda line: line.repo == TG_EN and line.label == "benign",
        measure=lambda line: line.repo == TG_EN and line.label != "benign",
        limits=(
            "learned from British text messages of 2004 to 2006; spam of today and of other media is mostly missed",
            "half of the cross-source lines are Russian",
        ),
    ),
)
