"""YAML with places: every key and item knows its line and column, so that a message can point at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from scanner.rulebook.problems import Place, Problem, problem

MAX_BYTES = 16 * 1024 * 1024
Path_ = tuple[str | int, ...]
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where the wheel has it: ten times faster


@dataclass(frozen=True, slots=True)
class YamlFile:
    """A parsed file: its value, and the place and text span of each key path in it."""

    path: str
    text: str
    value: Any = None
    places: Mapping[Path_, Place] = field(default_factory=dict)
    spans: Mapping[Path_, tuple[int, int]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def at(self, *key: str | int) -> Place:
        """The place of a key path, or of its nearest known parent."""
        for end in range(len(key), -1, -1):
            found = self.places.get(key[:end])
            if found:
                return found
        return Place()

    def problem(self, key: Path_, name: str, message: str, mend: str = "") -> Problem:
        """An error at a key path; `name` is the key or id shown."""
        return problem(self.path, self.at(*key), name, message, mend)


class _Walk:
    """One pass over the node tree, collecting places, spans and refusals."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.places: dict[Path_, Place] = {}
        self.spans: dict[Path_, tuple[int, int]] = {}
        self.problems: list[Problem] = []
        self._seen: set[int] = set()

    def node(self, node: Any, key: Path_, place: Place) -> None:
        self.places[key] = place
        self.spans[key] = (node.start_mark.index, node.end_mark.index)
        if not isinstance(node, yaml.CollectionNode):
            return
        if id(node) in self._seen:
            self.problems.append(problem(self.path, place, "", "a YAML alias", "write the value out"))
            return
        self._seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            self._mapping(node, key)
        else:
            for index, item in enumerate(node.value):
                self.node(item, (*key, index), _place(item))

    def _mapping(self, node: Any, key: Path_) -> None:
        names: set[str] = set()
        for name_node, value_node in node.value:
            name = str(name_node.value)
            if name in names:
                message = f"the key {name!r} stands twice"
                self.problems.append(problem(self.path, _place(name_node), name, message, "remove one of the two"))
            names.add(name)
            self.node(value_node, (*key, name), _place(name_node))


def read_yaml(path: str, text: str) -> YamlFile:
    """The file with its places. A file that is no YAML, or holds aliases or double keys, carries problems."""
    if len(text) > MAX_BYTES:
        return _refused(path, text, Place(), f"is over {MAX_BYTES} characters", "split it")
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
        walk = _Walk(path)
        if node is not None:
            walk.node(node, (), _place(node))
        value = None if node is None or walk.problems else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        cut_off = "end of stream" in str(error.problem)  # then the beginning of what was not closed tells more
        mark = (error.context_mark if cut_off else None) or error.problem_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place()
        return _refused(path, text, place, f"is not YAML: {error.problem}", "correct the line, or quote the value")
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        return _refused(path, text, Place(), f"is not YAML: {error}", "write it as plain YAML in UTF-8")
    finally:
        loader.dispose()
    return YamlFile(path, text, value, walk.places, walk.spans, tuple(walk.problems))


def _place(node: Any) -> Place:
    return Place(node.start_mark.line + 1, node.start_mark.column + 1)


def _refused(path: str, text: str, place: Place, message: str, mend: str) -> YamlFile:
    return YamlFile(path, text, problems=(problem(path, place, "", message, mend),))
