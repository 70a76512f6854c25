"""One spelling of a JSON value, so that two machines hash the same bytes."""

import json
from typing import Any

from scanner.errors import VaultError


def canonical(value: object) -> bytes:
    """ASCII JSON: sorted keys, no spaces, every other character escaped (lone surrogates too), no NaN or infinity."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def parse_canonical(text: bytes, where: str) -> Any:
    """The value; VaultError if the text is no JSON, or is spelled in any other way (duplicate keys, spaces, order)."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise VaultError(f"is no JSON: {error}", where=where, mend="it was damaged or is no bundle of ours") from error
    try:
        same = canonical(value) == text
    except (ValueError, RecursionError):
        same = False
    if not same:
        raise VaultError("is not in canonical form", where=where, mend="it was edited after it was sealed")
    return value
