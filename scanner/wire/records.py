"""Domain values to and from JSON text, as the database and the API carry them."""

import json
from typing import TypeVar

from cattrs.errors import BaseValidationError
from cattrs.preconf.json import make_converter

from scanner.domain.clauses import Ceiling
from scanner.domain.findings import Confidence, Severity
from scanner.domain.verdicts import Standing
from scanner.errors import StoreError

_converter = make_converter(omit_if_default=False)
for _ranked in (Severity, Confidence, Ceiling, Standing):
    _converter.register_unstructure_hook(_ranked, lambda value: value.name.lower())
    _converter.register_structure_hook(_ranked, lambda name, kind: kind[name.upper()])

Value = TypeVar("Value")


def to_plain(value: object) -> object:
    """Plain dicts, lists, strings and numbers; enums by name or value, times in ISO format."""
    return _converter.unstructure(value)


def to_text(value: object) -> str:
    """Compact JSON text of a domain value; text that is no valid Unicode is escaped, not lost."""
    return json.dumps(_converter.unstructure(value), separators=(",", ":"))


def from_text(text: str, kind: type[Value]) -> Value:
    """The value of that kind; StoreError if the text is not one."""
    try:
        return _converter.loads(text, kind)
    except (BaseValidationError, ValueError, KeyError) as error:
        raise StoreError(f"is no {kind.__name__}: {error}", where=text[:80], mend="run `aup fsck`") from error
