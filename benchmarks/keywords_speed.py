"""How fast: decode + fold + match against other ways to look for the same strings, all in one run."""

import re
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator

import ahocorasick
import ahocorasick_rs
import yara

from benchmarks.detect_rows import Row, at_least, at_most
from benchmarks.keywords_text import Corpus, made_terms
from scanner.domain.findings import Layer
from scanner.keywords.automata import build_automaton
from scanner.keywords.matcher import Matcher, digest_of_packs
from scanner.keywords.packs import parse_pack
from scanner.keywords.values import Pack
from scanner.text.folding import fold_text
from scanner.text.views import TextView

Run = Callable[[bytes], int]
ROUNDS = 5
RE_SHARE = 40  # `re` is asked only for one document in so many: it is that slow


def contenders(terms: list[str]) -> dict[str, Run]:
    """Each way to look for the terms in the bytes of one document; gives the number of hits."""
    ours = build_automaton(terms)
    slow = ahocorasick.Automaton()
    for number, term in enumerate(terms):
        slow.add_word(term, number)
    slow.make_automaton()
    rust = ahocorasick_rs.AhoCorasick(terms)
    rules = yara.compile(source=_yara_source(terms))
    expression = re.compile("|".join(map(re.escape, sorted(terms, key=len, reverse=True))))
    return {
        "decode + fold + daachorse": lambda data: len(ours.find(fold_text(data.decode()))),
        "pyahocorasick on lowered text": lambda data: sum(1 for _ in slow.iter(data.decode().lower())),
        "NFKC + pyahocorasick": lambda data: sum(
            1 for _ in slow.iter(unicodedata.normalize("NFKC", data.decode()).lower())
        ),
        "ahocorasick-rs on lowered text": lambda data: len(
            rust.find_matches_as_indexes(data.decode().lower(), overlapping=True)
        ),
        "yara-python on raw bytes": lambda data: sum(
            len(string.instances) for match in rules.match(data=data) for string in match.strings
        ),
        "re on lowered text": lambda data: sum(1 for _ in expression.finditer(data.decode().lower())),
    }


def _yara_source(terms: list[str]) -> str:
    rules = []
    for place in range(0, len(terms), 1_000):
        strings = "\n".join(
            f"$s{number} = {{ {term.encode().hex(' ')} }}" for number, term in enumerate(terms[place : place + 1_000])
        )
        rules.append(f"rule r{place} {{ strings:\n{strings}\ncondition: any of them }}")
    return "\n".join(rules)


def seconds(run: Run, documents: Iterable[bytes]) -> float:
    """CPU seconds of one pass."""
    before = time.process_time()
    for document in documents:
        run(document)
    return time.process_time() - before


def speed_rows(texts: list[Corpus]) -> Iterator[Row]:
    """Rates of all contenders on all texts, and how they compare."""
    runs = contenders(made_terms(10_000))
    rates: dict[tuple[str, str], float] = {}
    for corpus in texts:
        best = dict.fromkeys(runs, float("inf"))
        for _ in range(ROUNDS):  # in turns, so that the machine's moods fall on all alike
            for name, run in runs.items():
                slow = name.startswith("re ")
                documents = corpus.documents[::RE_SHARE] if slow else corpus.documents
                size = sum(map(len, documents))
                best[name] = min(best[name], seconds(run, documents) / size)
        for name, cost in best.items():
            rates[corpus.name, name] = 1e-6 / cost
            note = f"{corpus.size / 1e6:.1f} MB, {corpus.origin}; 10,000 terms"
            yield at_least(f"{corpus.name}: {name}", rates[corpus.name, name], "MB/s CPU", None, note)
    yield from _ratios(rates)


def _ratios(rates: dict[tuple[str, str], float]) -> Iterator[Row]:
    for corpus in ("Chinese", "HTML", "English"):
        ours = rates[corpus, "decode + fold + daachorse"]
        for other, target in (
            ("pyahocorasick on lowered text", 10.0),
            ("ahocorasick-rs on lowered text", 1.5),
            ("yara-python on raw bytes", 1.6 if corpus == "Chinese" else None),
            ("NFKC + pyahocorasick", None),
            ("re on lowered text", None),
        ):
            yield at_least(f"{corpus}: decode + fold + match / {other}", ours / rates[corpus, other], "x", target)


def rule_rows(texts: list[Corpus], packs: list[Pack]) -> Iterator[Row]:
    """All shipped rules against bare fold and match."""
    matcher = Matcher.build(packs)
    bare = contenders(made_terms(10_000))["decode + fold + daachorse"]
    for corpus in texts:
        layer = Layer.SOURCE if corpus.name == "HTML" else Layer.TEXT

        def every(data: bytes, layer: Layer = layer) -> int:
            return len(matcher.scan((TextView(layer, data.decode()),)))

        costs = [(seconds(bare, corpus.documents), seconds(every, corpus.documents)) for _ in range(ROUNDS)]
        plain, whole = min(one for one, _ in costs), min(two for _, two in costs)
        rate = corpus.size / whole / 1e6
        note = f"{len(matcher.program.rules)} rules, {rate:.1f} MB/s"
        yield at_least(f"{corpus.name}: all shipped rules / bare fold + match", plain / whole, "x", 0.5, note)


def cache_rows(packs: list[Pack]) -> Iterator[Row]:
    """A hundred thousand terms, and the shipped packs, from their caches."""
    terms = ", ".join(made_terms(100_000))
    big = parse_pack("big.yaml", _BIG.format(terms=terms))
    for name, some, target in (("100k terms", [big], 50.0), ("the shipped packs", packs, None)):
        digest = digest_of_packs(some)
        body = Matcher.build(some).dump(digest)
        times = []
        for _ in range(7):
            before = time.process_time()
            Matcher.load(digest, body)
            times.append(time.process_time() - before)
        yield at_most(f"{name} from cache", 1e3 * min(times), "ms CPU", target, f"{len(body) / 1e6:.1f} MB")


_BIG = """schema: 1
pack: big
version: 1
rules:
- id: big.one
  clause: 3.1.3.7
  severity: low
  confidence: low
  ceiling: review
  status: nursery
  description: many terms
  author: benchmark
  terms:
    words: [{terms}]
  when: words
  tests: {{hit: [x], miss: [y]}}
"""
