"""The plain matcher: obvious, slow, and what the fast one is compared with."""

import unicodedata

import re2

from scanner.keywords.conditions import Condition, Count, Density, Either, Every, Near, Negation, Present, Score
from scanner.keywords.terms import forms_of
from scanner.keywords.values import KeywordRule, Pack, Term
from scanner.text.folding import BREAK, fold, soft_fold
from scanner.text.sounds import sound_text

Hit = tuple[int, int, object, float]


def oracle_matches(pack: Pack, rule: KeywordRule, text: str) -> list[int]:
    """Where in the folded text the rule's windows begin, at most 16; [0] for a rule over the whole view."""
    seen = _Seen(pack, rule, text)
    if rule.unless is not None and seen.holds(rule.unless, 0, seen.length, 0, seen.length):
        return []
    if rule.window == 0:
        return [0] if seen.holds(rule.when, 0, seen.length, 0, seen.length) else []
    out: list[int] = []
    w = rule.window
    for start in sorted({hit[0] for group in seen.judged for hit in seen.hits[group]}):
        free = not out or start >= min(out[-1] + w, seen.length)
        if free and len(out) < 16 and seen.holds(rule.when, start, start + w, start - w, start + 2 * w):
            out.append(start)
    return out


class _Seen:
    def __init__(self, pack: Pack, rule: KeywordRule, text: str) -> None:
        self.rule, self.text, self.folded = rule, text, fold(text)
        self.length = len(self.folded.text)
        self.index = self.folded.index.tolist()
        voids = [span for phrase in pack.exceptions for span in _find(self.folded.text, fold(phrase).text)]
        self.hits = {
            group.name: sorted(
                {
                    (*span, number, term.weight)
                    for number, term in enumerate(group.terms)
                    for span in self.places(term)
                    if not any(first <= span[0] and span[1] <= last for first, last in voids)
                }
            )
            for group in pack.groups(rule)
        }
        self.hits |= {pattern.name: self.pattern_hits(pattern.regex) for pattern in pack.patterns}
        own = {group.name for group in rule.groups}
        self.judged = set(_names(rule.when)) & set(self.hits) | (own if _scores(rule.when) else set())

    def pattern_hits(self, regex: str) -> list[Hit]:
        soft, places = soft_fold(self.text)
        where = range(len(soft)) if places is None else places.tolist()
        found = [m for m in re2.compile(regex).finditer(soft) if BREAK not in m.group()]
        spans = [(where[m.start()], where[m.end() - 1] + 1, m.group()) for m in found]
        return [(sum(i < a for i in self.index), sum(i < b for i in self.index), word, 1.0) for a, b, word in spans]

    def places(self, term: Term) -> list[tuple[int, int]]:
        forms = forms_of(term)
        plain = [span for form in forms.plain for span in _find(self.folded.text, form) if self.fits(term, *span)]
        sounds = sound_text(self.folded.text)
        heard = [span for form in forms.sounds for span in _find(sounds, form) if self.fits(term, *span)]
        spoken = Term(forms.spelled, left=True, right=True)
        letters = _find(self.folded.text, fold(forms.spelled).text) if forms.spelled else []
        return plain + heard + [span for span in letters if self.fits(spoken, *span)]

    def fits(self, term: Term, start: int, end: int) -> bool:
        places = self.index[start:end]
        if (
            term.left
            and start > 0
            and self.index[start - 1] == places[0] - 1
            and _is_letter(self.folded.text[start - 1])
        ):
            return False
        after = self.folded.text[end : end + 1]
        if term.right and after and self.index[end] == places[-1] + 1 and _is_letter(after):
            return False
        if term.exact:
            return self.text[places[0] : places[-1] + 1] == term.text
        joints = _joints(term.text)
        torn, gaps = False, []
        for i in range(1, len(places)):
            between = [c for c in self.text[places[i - 1] + 1 : places[i]] if not _is_invisible(c)]
            two = self.folded.text[start + i - 1 : start + i + 1]
            if two.isascii() and i not in joints:
                gaps.append(bool(between))
                torn = torn or any(c.isspace() or c == "\u2800" for c in between)
            limit = max(self.rule.gap, 1) if i in joints else self.rule.gap
            if len(between) > limit and not self.stands_in_a_column(start + i - 1):
                return False
        return all(gaps) if torn else True

    def stands_in_a_column(self, place: int) -> bool:
        edges = [-1, *self.index, len(self.text)]
        lines = [self.text[edges[p + 1] + 1 : edges[p + 2]] for p in (place - 1, place, place + 1)]
        ends = [place == 0, False, place + 2 == self.length]
        return all(end or "\n" in line or "\r" in line for line, end in zip(lines, ends, strict=True))

    def seen(self, group: str, low: int, high: int) -> list[Hit]:
        low, high = max(0, low), min(high, self.length)
        return [hit for hit in self.hits[group] if hit[0] >= low and hit[1] <= high]

    def holds(self, condition: Condition, low: int, high: int, wide_low: int, wide_high: int) -> bool:
        def see(group: str) -> list[Hit]:
            return self.seen(group, low, high)

        match condition:
            case Present(group):
                return bool(see(group))
            case Count(group, least, distinct):
                return len({hit[2] for hit in see(group)} if distinct else see(group)) >= least
            case Near(first, second, within, ordered):
                return any(
                    a[:2] != b[:2]
                    and (
                        (a[0] < b[0] and b[0] - a[1] <= within)
                        if ordered
                        else max(a[0], b[0]) - (a[1] if a[0] <= b[0] else b[1]) <= within
                    )
                    for a in see(first)
                    for b in see(second)
                )
            case Score(least):
                own = [group.name for group in self.rule.groups]
                return sum(sum({hit[2]: hit[3] for hit in see(name)}.values()) for name in own) >= least
            case Density(group, least):
                inside = {place for hit in see(group) for place in range(hit[0], hit[1])}
                size = min(self.rule.window, self.length) if self.rule.window else self.length
                return bool(size) and len(inside) / size >= least
            case Negation(inner):
                return not self.holds(inner, wide_low, wide_high, low, high)
            case Every(parts):
                return all(self.holds(part, low, high, wide_low, wide_high) for part in parts)
            case Either(parts):
                return any(self.holds(part, low, high, wide_low, wide_high) for part in parts)


def _find(text: str, word: str) -> list[tuple[int, int]]:
    return [(i, i + len(word)) for i in range(len(text) - len(word) + 1) if text.startswith(word, i)]


def _is_letter(char: str) -> bool:
    return char.isascii() and char.isalnum()


def _is_invisible(char: str) -> bool:
    return not char.isspace() and unicodedata.category(char) in ("Mn", "Me", "Cf", "Cc")


def _joints(written: str) -> set[int]:
    index = fold(written).index.tolist()
    return {i for i in range(1, len(index)) if index[i] - index[i - 1] > 1}


def _names(condition: Condition) -> set[str]:
    match condition:
        case Present(group) | Count(group) | Density(group):
            return {group}
        case Near(first, second):
            return {first, second}
        case Negation(inner):
            return _names(inner)
        case Every(parts) | Either(parts):
            return set().union(*map(_names, parts))
        case _:
            return set()


def _scores(condition: Condition) -> bool:
    match condition:
        case Score():
            return True
        case Negation(inner):
            return _scores(inner)
        case Every(parts) | Either(parts):
            return any(map(_scores, parts))
        case _:
            return False
