"""Patterns: regular expressions in an engine whose time is linear in the text, whatever they say."""

from functools import lru_cache
from typing import Any

import re2
import yaml

from scanner.keywords.documents import Place

MAX_PATTERN_CHARS = 500
MAX_PROGRAM_BYTES = 1 << 20


def _options() -> Any:
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAX_PROGRAM_BYTES
    return options


@lru_cache(maxsize=2_048)
def compiled(regex: str) -> Any:
    """The compiled expression; raises re2.error where the engine refuses it."""
    return re2.compile(regex, _options())


def check_pattern(place: Place, node: yaml.Node, regex: str) -> None:
    """Refuses what the linear engine cannot run, and what matches nothing at all."""
    if len(regex) > MAX_PATTERN_CHARS:
        raise place.refuse(node, f"{len(regex)} characters; the limit is {MAX_PATTERN_CHARS}", "use a list of terms")
    try:
        expression = compiled(regex)
    except re2.error as problem:
        said = problem.args[0] if problem.args else ""
        reason = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        raise place.refuse(
            node,
            f"the pattern cannot run in linear time: {reason}",
            "patterns have no lookaround, no backreference and no repetition above 1000; say it with groups and near()",
        ) from problem
    if expression.search("") is not None:
        raise place.refuse(node, "the pattern matches the empty text", "ask for at least one character, + instead of *")
