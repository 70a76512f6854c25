"""Taking over a foreign YARA set: each file is compiled apart, what is broken or too slow is set aside with its reason,
and the rest is kept in the operator's folder, in the nursery, under one clause."""

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yara

from scanner.errors import RuleError
from scanner.rulebook.cost import cost_of
from scanner.rulebook.foreign import NAME, SetAside, Source, parse_sources, render_sources, slug, text_digest
from scanner.rulebook.yarafile import alone, compile_problems
from scanner.rulebook.yaratext import YaraRule, YaraSource, read_yara

MAX_BYTES = 16 * 1024 * 1024
MAX_FILES = 20_000
_PLAIN = re.compile(r"[\w+-][\w.+-]*(?:/[\w+-][\w.+-]*)*\.yara?")
MAX_COST = 3_000.0  # µs per 10 KB: a few files of a public set make all the others ten times slower


@dataclass(frozen=True, slots=True)
class Kept:
    """One file taken over: its path in the set, its text (whole, or without its broken rules), its rule count."""

    path: str
    text: str
    rules: int


@dataclass(slots=True)
class Taken:
    """What came of reading a foreign set."""

    kept: list[Kept] = field(default_factory=list)
    aside: list[SetAside] = field(default_factory=list)
    _seen: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def rules(self) -> int:
        """Rules taken over."""
        return sum(each.rules for each in self.kept)

    def leave(self, path: str, rule: str, reason: str) -> None:
        """Set one rule, or a whole file, aside."""
        self.aside.append(SetAside(path, rule, " ".join(reason.split())[:300]))

    def known(self, path: str, rule: YaraRule, text: str) -> str:
        """Where the very same rule was taken already, or ''."""
        return self._seen.setdefault((rule.name, " ".join(text.split())), path) if not rule.private else path


def take(folder: Path, max_cost: float = MAX_COST) -> Taken:
    """Read every YARA file below the folder; nothing is written."""
    taken = Taken()
    files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in (".yar", ".yara"))
    if not files:
        raise RuleError("holds no .yar or .yara file", where=str(folder), mend="name the folder with the rules")
    for file in files[:MAX_FILES]:
        path = file.relative_to(folder).as_posix()
        text = _text(file, folder, path, taken)
        if text is not None:
            _take_file(path, text, taken, max_cost)
    for file in files[MAX_FILES:]:
        taken.leave(file.relative_to(folder).as_posix(), "", f"over {MAX_FILES} files")
    return taken


def write(taken: Taken, source: Source, into: Path) -> Source:
    """Store the files under `into`/imported and record them in SOURCES.toml; an older import of that name goes."""
    folder = into / "imported" / source.name
    fresh = folder.with_name(f".{source.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    files: dict[str, str] = {}
    for each in taken.kept:
        path = _safe(each.path)
        target = fresh / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(each.text, encoding="utf-8", newline="")
        files[path] = text_digest(each.text)
    recorded = Source(
        source.name,
        source.url,
        source.commit,
        source.licence,
        source.grades,
        source.imported,
        files,
        tuple(taken.aside),
    )
    shutil.rmtree(folder, ignore_errors=True)
    if taken.kept:
        fresh.rename(folder)
    _record(recorded, folder.parent / NAME)
    return recorded


def _record(source: Source, file: Path) -> None:
    sources: list[Source] = []
    if file.exists():
        sources, problems = parse_sources(str(file), file.read_text(encoding="utf-8"))
        if problems:
            raise RuleError(problems[0].message, where=str(file), mend=problems[0].mend)
    kept = [each for each in sources if each.name != source.name]
    file.parent.mkdir(parents=True, exist_ok=True)
    fresh = file.with_suffix(".new")
    fresh.write_text(render_sources([*kept, source]), encoding="utf-8")
    fresh.replace(file)


def _text(file: Path, folder: Path, path: str, taken: Taken) -> str | None:
    try:
        if not file.resolve().is_relative_to(folder.resolve()):
            taken.leave(path, "", "is a link out of the folder")
        elif file.stat().st_size > MAX_BYTES:
            taken.leave(path, "", f"is over {MAX_BYTES} bytes")
        else:
            return file.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        taken.leave(path, "", "is not UTF-8")
    except OSError as error:
        taken.leave(path, "", f"cannot be read: {error}")
    return None


def _take_file(path: str, text: str, taken: Taken, max_cost: float) -> None:
    source = read_yara(text)
    public = [rule for rule in source.rules if not rule.private]
    if not public:
        what = "only includes other files" if source.includes else "holds no rule that reports"
        taken.leave(path, "", what)
        return
    good = list(_compiling(path, text, source, taken))
    fresh = [rule for rule in good if taken.known(path, rule, rule.text_of(text)) == path]
    for rule in good:
        if rule not in fresh:
            taken.leave(path, rule.name, f"is the same as in {taken.known(path, rule, rule.text_of(text))}")
    cheap = list(_affordable(path, text, source, fresh, taken, max_cost))
    if not any(not rule.private for rule in cheap):
        return
    whole = len(cheap) == len(source.rules) and not source.includes
    kept = text if whole else alone(text, source, cheap)
    count = sum(not rule.private for rule in (source if whole else read_yara(kept)).rules)  # with what they build on
    taken.kept.append(Kept(path, kept, count))


def _compiling(path: str, text: str, source: YaraSource, taken: Taken) -> Iterator[YaraRule]:
    """The rules that compile: all of them at once, else each alone with what it needs."""
    if not source.includes and not compile_problems(path, text):
        yield from source.rules
        return
    names: set[str] = set()
    for rule in source.rules:
        problems = compile_problems(path, alone(text, source, [rule]))
        if problems:
            taken.leave(path, rule.name, problems[0].message)
        elif rule.name in names:
            taken.leave(path, rule.name, "its name stands twice in the file")
        else:
            names.add(rule.name)
            yield rule


def _affordable(
    path: str, text: str, source: YaraSource, rules: Sequence[YaraRule], taken: Taken, max_cost: float
) -> Iterator[YaraRule]:
    """The rules without those that alone cost more than `max_cost`; only a dear file is looked at rule by rule."""
    try:
        if not rules or cost_of(alone(text, source, rules)) <= max_cost:
            yield from rules
            return
    except yara.Error as error:
        taken.leave(path, "", f"its rules do not compile together: {error}")
        return
    for rule in rules:
        cost = cost_of(alone(text, source, [rule]))
        if cost > max_cost:
            taken.leave(path, rule.name, f"costs {cost:.0f} µs per 10 KB, over {max_cost:.0f}")
        else:
            yield rule


def _safe(path: str) -> str:
    """The path inside the import folder: plain names as they are, all others made plain and told apart."""
    if _PLAIN.fullmatch(path) and ".." not in path:
        return path
    return f"{slug(path.rsplit('.', 1)[0])}-{text_digest(path)[:8]}.yar"


def grades_of(clause: str, severity: str, confidence: str, ceiling: str, status: str) -> Mapping[str, str]:
    """The grades that every rule of a set starts with."""
    return {"clause": clause, "severity": severity, "confidence": confidence, "ceiling": ceiling, "status": status}
