"""A new rule's first text: everything the contract asks for, with what has to be filled in marked `FILL`."""

from dataclasses import dataclass
from pathlib import Path

from scanner.errors import UsageError
from scanner.rulebook.contract import ID, yara_name

FILL = "FILL"

_YARA = """\
rule {name}
{{
  meta:
    id = "{id}"
    clause = "{clause}"
    severity = "medium"
    confidence = "medium"
    ceiling = "review"
    status = "nursery"
    description = "{fill} what is seen in the file, and why it matters"
    author = "{fill}"
    reference = "own"
    lane = "{lane}"
  strings:
    $what = "{fill} at least four fixed bytes that every hit holds"
  condition:
    $what
}}
"""

_KEYWORDS = """\
schema: 1
pack: {category}
version: {version}
rules:
- id: {id}
  clause: {clause}
  severity: medium
  confidence: medium
  ceiling: review
  status: nursery
  description: {fill} what is offered, and why it matters
  author: {fill}
  reference: own
  window: 200
  terms:
    what: [{fill} the thing]
    offer: [{fill} price or contact]
  when: near(what, offer, 40)
  tests:
    hit: ['{fill} the thing, {fill} price or contact', '{fill} price or contact: {fill} the thing']
    miss: ['{fill} the thing in the news', 'an ordinary sentence']
"""

_SAMPLES = """\
schema: 1
samples:
  {id}:
    hit: []
    miss: []
"""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The files that a new rule needs, by path relative to the rules folder."""

    files: tuple[tuple[Path, str], ...]

    def write(self, root: Path) -> list[Path]:
        """Write the files; a file that is there already is refused, so that nothing is lost."""
        for path, _ in self.files:
            if (root / path).exists():
                raise UsageError("is there already", where=str(root / path), mend="add the rule to it by hand")
        for path, text in self.files:
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        return [root / path for path, _ in self.files]


def skeleton(rule_id: str, clause: str, *, engine: str, lane: str, version: str, fresh_samples: bool) -> Skeleton:
    """The first text of a YARA or keyword rule. `fresh_samples`: its category has no samples file yet."""
    if not ID.fullmatch(rule_id):
        raise UsageError(f"{rule_id!r} is no rule id", mend="write category.what, for example webshell.php-eval")
    category, what = rule_id.split(".", 1)
    words = {"id": rule_id, "name": yara_name(rule_id), "clause": clause, "category": category, "fill": FILL}
    if engine == "keywords":
        text = _KEYWORDS.format(**words, version=version)
        return Skeleton(((Path("keywords") / f"{category}-{what.replace('.', '-')}.yaml", text),))
    files = [(Path("yara") / category / f"{what.replace('.', '-')}.yar", _YARA.format(**words, lane=lane))]
    if fresh_samples:
        files.append((Path("samples") / f"{category}.yaml", _SAMPLES.format(**words)))
    return Skeleton(tuple(files))
