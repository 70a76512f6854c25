"""Member names as text. They are the attacker's bytes: any encoding, any length, anything in them."""

MOST_CHARS = 1_024


def decoded(raw: bytes) -> str:
    """`raw` as text: UTF-8, else GB18030, else Latin-1; NULs out, lone surrogates out, cut at MOST_CHARS."""
    raw = raw[: 4 * MOST_CHARS]
    for charset in ("utf-8", "gb18030"):
        try:
            return clean(raw.decode(charset))
        except UnicodeDecodeError:
            continue  # the next one; the last takes any bytes
    return clean(raw.decode("latin-1"))


def readings(raw: bytes) -> tuple[str, ...]:
    """Every reading of `raw` that some program would show: a name that is not UTF-8 is ambiguous."""
    first = decoded(raw)
    if raw.isascii():
        return (first,)
    return tuple(dict.fromkeys((first, clean(raw[: 4 * MOST_CHARS].decode("cp437")))))


def clean(text: str) -> str:
    """`text` without NULs and lone surrogates, at most MOST_CHARS characters."""
    text = text.replace("\0", "")[:MOST_CHARS]
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
