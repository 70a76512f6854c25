"""The compiled rulebook: built once per rulebook, kept under its content's digest, loaded before processes fork.

A cached bundle is believed only as far as its checksums go, and only from a folder that nobody else may write; anything
else is built anew from the sources.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import yara

from scanner.detection.bundle_store import building, read_bundle, write_bundle
from scanner.detection.engine import prefilter
from scanner.detection.engine.asking import (
    RuleSet,
    Singles,
    compile_files,
    compile_pieces,
    names_of,
    saved,
    saved_singles,
)
from scanner.detection.engine.costs import Costs, Line, measured
from scanner.detection.engine.cutting import Piece, pieces_of
from scanner.detection.engine.engine import Engine, Sieve
from scanner.detection.engine.formula import ALWAYS
from scanner.detection.engine.planning import Plan
from scanner.detection.engine.prefilter import Prefilter
from scanner.detection.words import Words, build_cards, build_words, load_words
from scanner.domain.rules import Rulebook, RuleFile, RuleStatus
from scanner.errors import RuleError

FORMAT = 8  # raised whenever what is stored, or how it is made, changes
MOST_SINGLES = 3_000  # pieces compiled alone in advance; beyond that they are compiled when first asked


@dataclass(frozen=True, slots=True)
class Bundle:
    """Both halves, ready to scan."""

    engine: Engine
    words: Words
    rules_run: int
    from_cache: bool = False


def open_bundle(book: Rulebook, most: int, cache_dir: Path | None = None, *, sieve: bool = True) -> Bundle:
    """The bundle of a rulebook: from the cache if it is there and sound, else built, and kept if there is a folder.

    RuleError where a rule does not compile. Without hyperscan there is no sieve, whatever is asked.
    """
    sieve = sieve and prefilter.available()
    key = bundle_key(book, most, sieve=sieve)
    if (kept := _kept(book, most, key, cache_dir)) is not None:
        return kept
    with building(cache_dir):
        if cache_dir is not None and (kept := _kept(book, most, key, cache_dir)) is not None:
            return kept  # built by another process meanwhile
        parts = build_parts(book, most, sieve=sieve)
        if cache_dir is not None:
            write_bundle(cache_dir, key, parts)
    return _loaded(book, most, parts, from_cache=False)


def _kept(book: Rulebook, most: int, key: str, cache_dir: Path | None) -> Bundle | None:
    """The bundle in the cache, if it is there and sound."""
    parts = read_bundle(cache_dir, key) if cache_dir is not None else None
    if parts is None:
        return None
    try:
        return _loaded(book, most, parts)
    except (yara.Error, RuleError, ValueError, KeyError, *prefilter.ERRORS):
        return None  # sound checksums, yet not of this machine or version: build it anew


def bundle_key(book: Rulebook, most: int, *, sieve: bool) -> str:
    """The digest of everything that the bundle is made of."""
    whole = sha256(repr((FORMAT, yara.__version__, prefilter.engine_version(), sieve, most)).encode())
    for file in (*book.yara, *book.keywords, *book.scorers):
        text = file.text.encode("utf-8", "surrogatepass")
        whole.update(repr((file.path, file.namespace, len(text), sorted(file.names.items()))).encode())
        whole.update(text)
    whole.update(repr(sorted((rule.id, rule.lane) for rule in book.rules.values())).encode())
    return whole.hexdigest()


def build_parts(book: Rulebook, most: int, *, sieve: bool) -> dict[str, bytes]:
    """Everything compiled, as named bytes."""
    full = RuleSet(compile_files(book.yara), names_of(book.yara), most) if book.yara else None
    pieces = tuple(pieces_of(book.yara, _lanes(book)))
    parts = {
        "pieces.json": _json([_piece_row(piece) for piece in pieces]),
        "full.yarac": saved(full.rules) if full is not None else b"",
        "words.bin": build_words(book.keywords),
        "cards.json": build_cards(book.scorers),
    }
    if sieve and pieces:
        plan, atoms, late = prefilter.planned([piece.needs for piece in pieces])
        always = [pieces[number] for number in plan.always]
        singles = list(saved_singles(pieces, most)) if len(pieces) <= MOST_SINGLES else []
        costs = measured(pieces, full, most)
        parts |= {
            "plan.json": _json([plan.atoms, plan.late, plan.programs, plan.triggers, plan.heads, plan.always]),
            "atoms.hs": atoms,
            "late.hs": b"".join(late),
            "late.json": _json([len(each) for each in late]),
            "always.yarac": saved(compile_pieces(always, most).rules) if always else b"",
            "singles.bin": b"".join(singles),
            "costs.json": _json([costs.single.fixed, costs.single.each, costs.full.fixed, costs.full.each]),
            "singles.json": _json([len(each) for each in singles]),
        }
    return parts


def _loaded(book: Rulebook, most: int, parts: Mapping[str, bytes], *, from_cache: bool = True) -> Bundle:
    pieces = tuple(_piece(row) for row in json.loads(parts["pieces.json"]))
    engine = Engine(
        pieces,
        _rule_set(parts["full.yarac"], names_of(book.yara), most),
        Singles(pieces, most, _cut(parts, "singles.bin", "singles.json")),
        _lanes(book),
        most,
        _sieve(pieces, parts, most) if "plan.json" in parts else None,
    )
    nursery = {rule.id for rule in book.rules.values() if rule.status is RuleStatus.NURSERY}
    words = load_words(book.keywords, parts["words.bin"], parts["cards.json"], nursery)
    return Bundle(engine, words, len(book.rules), from_cache)


def _sieve(pieces: Sequence[Piece], parts: Mapping[str, bytes], most: int) -> Sieve:
    atoms, late, programs, triggers, heads, always = json.loads(parts["plan.json"])
    plan = Plan(
        tuple((str(text), bool(nocase)) for text, nocase in atoms),
        tuple(tuple((str(text), bool(nocase)) for text, nocase in each) for each in late),
        tuple(programs),
        tuple(tuple(row) for row in triggers),
        tuple((int(w), bool(s), bool(b), int(o), int(n), tuple(pieces)) for w, s, b, o, n, pieces in heads),
        tuple(always),
    )
    names = {
        (f"{place}", name): rule
        for place, number in enumerate(plan.always)
        for name, rule in pieces[number].names.items()
    }
    always_set = _rule_set(parts["always.yarac"], names, most)
    fixed, each, full_fixed, full_each = map(float, json.loads(parts["costs.json"]))
    costs = Costs(Line(fixed, each), Line(full_fixed, full_each))
    found = Prefilter(plan, parts["atoms.hs"], _cut(parts, "late.hs", "late.json"))
    return Sieve(found, plan.always, always_set, costs)


def _rule_set(body: bytes, names: Mapping[tuple[str, str], str], most: int) -> RuleSet | None:
    return RuleSet.load(body, names, most) if body else None


def _cut(parts: Mapping[str, bytes], name: str, sizes: str) -> list[memoryview]:
    """The pieces of a part, of the sizes that another part holds."""
    body, found, place = memoryview(parts.get(name, b"")), list[memoryview](), 0
    for size in json.loads(parts.get(sizes, b"[]")):
        found.append(body[place : place + size])
        place += size
    return found


def _piece_row(piece: Piece) -> list[object]:
    return [piece.namespace, piece.text, dict(piece.names), sorted(piece.lanes), piece.trouble]


def _piece(row: Sequence[object]) -> Piece:
    """The piece without its formula: the plan has it in its own words."""
    namespace, text, names, lanes, trouble = row
    if not isinstance(names, dict) or not isinstance(lanes, list):
        raise ValueError("a piece that is none")
    return Piece(str(namespace), str(text), names, frozenset(lanes), ALWAYS, str(trouble))


def _lanes(book: Rulebook) -> dict[str, str]:
    return {rule.id: rule.lane for rule in book.rules.values()}


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def troubles(files: Sequence[RuleFile]) -> list[tuple[str, str]]:
    """Files that had to stay whole, with the reason: each is asked of every view."""
    by_namespace = {file.namespace: file.path for file in files}
    return [(by_namespace[piece.namespace], piece.trouble) for piece in pieces_of(files, {}) if piece.trouble]
