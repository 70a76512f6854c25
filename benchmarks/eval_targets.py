"""The figures that `make eval` answers for: what is measured on the development data, against its target."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.eval_contents import MADE
from scanner.rulebook.evaluation import Evaluation, Share

SECURITY = "3.1.3.7"
CHINESE_CMS = (
    *("typecho/typecho", "zblogcn/zblogphp", "ecshop/ecshop", "emlog/emlog", "thinkcmf/thinkcmf"),
    *("top-think/framework", "kalcaddle/KodExplorer"),
)
HARD = ("hardneg_adminscript", "hardneg_miner", "hardneg_netattack", "hardneg_rulefile", "hardneg_securitydoc")
SOURCE = ("webapp", "hardneg_wasmjs", "hardneg_adminscript")
PART = "a single file of a project may be harmless"
CHAT = ("benign_chat", "news_headline", "poetry", "sms_ham_en", "tg_chat", "tg_ham_en")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure. `least`: the target is a floor, otherwise a ceiling; None: it is shown for comparison only."""

    figure: str
    share: Share
    target: float | None
    least: bool
    note: str = ""

    @property
    def holds(self) -> bool | None:
        """Whether the target is met; what nothing could be measured on does not meet it."""
        if self.target is None:
            return None
        value = self.share.value
        return self.share.total > 0 and (value >= self.target if self.least else value <= self.target)

    @property
    def wanted(self) -> str:
        """The target in words."""
        return "none" if self.target is None else f"{'≥' if self.least else '≤'} {self.target:g}"

    @property
    def counted(self) -> str:
        """Count, total, interval and note."""
        low, high = self.share.interval
        text = f"{self.share.count} of {self.share.total}, 95 % interval {low:.4f}–{high:.4f}"
        return f"{text}; {self.note}" if self.note else text

    def record(self) -> dict[str, object]:
        """As results are kept."""
        value = round(self.share.value, 5) if self.share.total else None
        fixed = {"figure": self.figure, "value": value, "unit": "share", "target": self.wanted}
        return {**fixed, "holds": self.holds, "note": self.counted}

    def shown(self) -> tuple[str, ...]:
        """As the table shows it."""
        word = {True: "yes", False: "NO", None: ""}[self.holds]
        return word, self.figure, f"{self.share.value:.4f}", self.wanted, self.counted


def all_rows(found: Evaluation, tuned: frozenset[str], sources: str) -> Iterator[Row]:
    """Every figure for which there was content."""
    kinds = {key[1] for key in found.groups}
    if "gambling" in kinds:
        yield from text_rows(found)
    if "webshell" in kinds:
        yield from file_rows(found)
        yield from source_rows(found, tuned)
    if MADE in kinds:
        yield Row("made containers: markers found", found.share("flagged", cat=MADE), 1.0, True)
    yield from ordinary_rows(found, sources)


def file_rows(found: Evaluation) -> Iterator[Row]:
    """The file tasks: what is found, and what is wrongly flagged by a rule of the task's clause, or of any."""

    def bad(cat: str | tuple[str, ...], **also: str) -> Share:
        return found.share("flagged", label="malicious", cat=cat, **also)

    def good(**wanted: str | tuple[str, ...]) -> Share:
        return found.share("flagged", label="benign", **wanted)

    yield Row("webshells, curated (A): recall", bad("webshell", tier="A"), 0.90, True)
    yield Row("webshells, image polyglots: recall", bad("webshell_image_polyglot"), 0.90, True, "part of A")
    yield Row("webshells, bulk labels (U): recall", bad("webshell", tier="U"), None, True, "a quarter mislabelled")
    yield Row("PHP malware captured in the wild (W): recall", bad("wild_php_malware"), 0.80, True)
    yield Row(
        "ordinary web applications flagged under 3.1.3.7",
        found.under(SECURITY, label="benign", cat="webapp"),
        0.0003,
        False,
    )
    yield Row("ordinary web applications flagged at all", good(cat="webapp"), 0.0003, False)
    yield Row("Chinese CMS flagged", good(repo=CHINESE_CMS), 0.0005, False)
    yield Row("classic ASP flagged", good(cat="webapp_asp_agg"), 0.003, False)
    yield Row("JSP flagged", good(cat="webapp_jsp_agg"), 0.001, False)
    encoded = good(cat="commercially-encoded")
    yield Row("commercially encoded PHP flagged", encoded, 0.05, False, "of AUP_ENCODED, none in the development data")
    yield Row("phishing pages and kit back ends: recall", bad(("phishing_page", "phishing_backend")), 0.80, True)
    yield Row("miners: recall", bad("miner"), 0.80, True)
    yield Row(
        "DDoS and flood scripts: recall", bad("ddos_botnet"), 0.70, True, "single files of a project may be harmless"
    )
    yield Row("ARP tools: recall", bad("arp_sniff"), 0.80, True, "single files of a project may be harmless")
    yield Row("ordinary source flagged", good(cat=SOURCE), 0.0005, False)
    yield Row("hard negatives flagged at high", found.share("strong", label="benign", cat=HARD), 0.02, False)


def text_rows(found: Evaluation) -> Iterator[Row]:
    """The text tasks."""
    for figure, kinds, target in (
        ("gambling lines: recall", ("gambling",), 0.70),
        ("porn lines: recall", ("porn",), 0.50),
        ("illicit advertisements: recall", ("illicit_ads", "tg_illicit_ads"), 0.60),
        ("spam: recall", ("spam_en",), 0.60),
        ("fraud lines: recall", ("fraud",), 0.60),
    ):
        yield Row(figure, found.share("flagged", label="malicious", cat=kinds), target, True)
    yield Row("abuse: recall", found.share("flagged", label="malicious", cat="abuse"), None, True)
    yield Row("benign lines flagged", found.share("flagged", label="benign", cat=CHAT), 0.0005, False)
    yield Row("statutes flagged", found.share("flagged", label="benign", cat="law_hardneg"), 0.002, False)


def ordinary_rows(found: Evaluation, sources: str) -> Iterator[Row]:
    """Ordinary files at severity high or above, and how many could not be read whole."""
    yield Row("ordinary files flagged at high", found.share("strong", label="benign", tier="O"), 0.0002, False, sources)
    yield Row("ordinary files not fully read", found.share("incomplete", label="benign", tier="O"), 0.005, False)


def source_rows(found: Evaluation, tuned: frozenset[str]) -> Iterator[Row]:
    """Recall on repositories that were looked at while the rules were written, and on the others."""
    for kind in ("webshell", "wild_php_malware", "phishing_page", "miner", "ddos_botnet", "arp_sniff"):
        repos = {key[3] for key in found.groups if key[:2] == ("malicious", kind)}
        for name, chosen in (("in-source", repos & tuned), ("cross-source", repos - tuned)):
            share = found.share("flagged", label="malicious", cat=kind, repo=chosen)
            if share.total:
                yield Row(f"{kind}, {name}: recall", share, None, True, ", ".join(sorted(chosen)))


def compared_rows(theirs: Evaluation, name: str) -> Iterator[Row]:
    """The same figures of another rule set: no target, for comparison."""
    for row in file_rows(theirs):
        yield Row(f"{name}: {row.figure}", row.share, None, row.least)
