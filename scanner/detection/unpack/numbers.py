"""Numbers of seven bits a byte, the lowest first, as many formats write them."""


def number(data: bytes, at: int) -> tuple[int, int]:
    """The number at `at`, and the offset behind it."""
    value = shift = 0
    while at < len(data) and shift < 70:
        byte, at = data[at], at + 1
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            break
    return value, at


def signed(data: bytes, at: int) -> tuple[int, int]:
    """The same, with the sign in the lowest bit."""
    value, at = number(data, at)
    return value >> 1 ^ -(value & 1), at
