"""Lines shown in error messages, with a caret under the place."""


def snippet(line: str, column: int, size: int = 72) -> tuple[str, str]:
    """The part of a line round a column, and the blanks that put a caret under it; a wide character takes two."""
    begin = max(0, column - size // 2)
    shown = line[begin : begin + size]
    return shown, " " * width(line[begin:column])


def width(text: str) -> int:
    """Columns on a terminal."""
    return sum(2 if ord(char) > 0x2E80 else 1 for char in text)
