"""YAML read as nodes, so that every refusal can name its line. No aliases, no tags, bounded size."""

from collections.abc import Collection
from dataclasses import dataclass
from difflib import get_close_matches

import yaml

from scanner.errors import RuleError
from scanner.keywords.snippets import snippet
from scanner.text.folding import without_breaks

MAX_CHARS = 8_000_000
_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a pack: its file, and words that name it, as `rule gambling.casino: terms`."""

    path: str
    names: str = ""

    def at(self, node: yaml.Node) -> str:
        """`file:line`."""
        return f"{self.path}:{node.start_mark.line + 1}"

    def of(self, name: str) -> "Place":
        """The place one level deeper."""
        return Place(self.path, f"{self.names}: {name}" if self.names else name)

    def refuse(self, node: yaml.Node, what: str, mend: str) -> RuleError:
        """The error to raise about a node."""
        return RuleError(f"{self.names}: {what}" if self.names else what, where=self.at(node), mend=mend)


def read_yaml(path: str, text: str) -> yaml.Node:
    """The document's root node; RuleError with the line where it is not YAML of the allowed kind."""
    if len(text) > MAX_CHARS:
        raise RuleError(f"{len(text):,} characters; the limit is {MAX_CHARS:,}", where=path, mend="split the pack")
    loader = _Loader(text)
    try:
        for event in yaml.parse(text, _Loader) if "&" in text or "*" in text else ():
            if isinstance(event, yaml.AliasEvent):
                line = event.start_mark.line + 1 if event.start_mark else 1
                raise RuleError("YAML aliases are not allowed", where=f"{path}:{line}", mend="write the list out")
        root = loader.get_single_node()
    except yaml.MarkedYAMLError as problem:
        raise _syntax_error(path, text, problem) from problem
    except (yaml.YAMLError, ValueError) as problem:  # unreadable characters
        what = str(problem).splitlines()[0]
        raise RuleError(f"not YAML: {what}", where=path, mend="remove the character") from problem
    except RecursionError:
        raise RuleError("nested too deep", where=path, mend="a pack has at most five levels") from None
    finally:
        loader.dispose()
    if not isinstance(root, yaml.Node):
        raise RuleError("the file is empty", where=f"{path}:1", mend="write schema, pack, version and rules")
    return root


def _syntax_error(path: str, text: str, problem: yaml.MarkedYAMLError) -> RuleError:
    mark = problem.problem_mark or problem.context_mark
    number, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.split("\n")
    line = lines[number].rstrip("\r") if number < len(lines) else ""
    shown, at = snippet(line, column)
    return RuleError(
        f"not YAML: {problem.problem or problem.context}\n    {shown}\n    {at}^",
        where=f"{path}:{number + 1}",
        mend="quote text that holds : # ' or starts with a bracket; indent with spaces",
    )


def mapping(place: Place, node: yaml.Node, known: Collection[str] = ()) -> dict[str, yaml.Node]:
    """The node's keys; refuses other kinds of node, keys twice, keys outside `known` (empty: all are allowed)."""
    if not isinstance(node, yaml.MappingNode):
        raise place.refuse(node, f"expected keys and values, found {_kind(node)}", "write `key: value` lines")
    out: dict[str, yaml.Node] = {}
    for key_node, value in node.value:
        key = text(place, key_node)
        if key in out:
            raise place.refuse(key_node, f"{key!r} stands twice", "remove one")
        if known and key not in known:
            near = get_close_matches(key, known, 1)
            mend = f"did you mean {near[0]!r}?" if near else f"use one of: {', '.join(sorted(known))}"
            raise place.refuse(key_node, f"unknown key {key!r}", mend)
        out[key] = value
    return out


def sequence(place: Place, node: yaml.Node) -> list[yaml.Node]:
    """The node's entries."""
    if not isinstance(node, yaml.SequenceNode):
        raise place.refuse(node, f"expected a list, found {_kind(node)}", "write [one, two]")
    entries: list[yaml.Node] = node.value
    return entries


def text(place: Place, node: yaml.Node) -> str:
    """The node's text, as written: `0123` and `yes` stay text."""
    if not isinstance(node, yaml.ScalarNode):
        raise place.refuse(node, f"expected text, found {_kind(node)}", "write one value, in quotes if it holds : or #")
    return without_breaks(node.value)


def texts(place: Place, node: yaml.Node) -> tuple[str, ...]:
    """The node's entries as text."""
    return tuple(text(place, entry) for entry in sequence(place, node))


def whole(place: Place, node: yaml.Node, low: int, high: int) -> int:
    """A whole number from `low` to `high`."""
    value = text(place, node)
    if not value.isascii() or not value.isdigit() or not low <= int(value[:12]) <= high:
        raise place.refuse(node, f"{value!r} is not a whole number from {low} to {high}", f"write one, as {low}")
    return int(value)


def number(place: Place, node: yaml.Node, high: float) -> float:
    """A number above 0 up to `high`."""
    value = text(place, node)
    try:
        out = float(value)
    except ValueError:
        out = -1.0
    if not 0 < out <= high:
        raise place.refuse(node, f"{value!r} is not a number above 0 up to {high:g}", "write one, as 1.5")
    return out


def flag(place: Place, node: yaml.Node) -> bool:
    """true or false."""
    value = text(place, node)
    if value not in ("true", "false"):
        raise place.refuse(node, f"{value!r} is neither true nor false", "write true or false")
    return value == "true"


def choice(place: Place, node: yaml.Node, allowed: Collection[str]) -> str:
    """One of some words."""
    value = text(place, node)
    if value not in allowed:
        raise place.refuse(node, f"unknown value {value!r}", f"use one of: {', '.join(allowed)}")
    return value


def _kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return repr(node.value)
    return "a list" if isinstance(node, yaml.SequenceNode) else "keys and values"
