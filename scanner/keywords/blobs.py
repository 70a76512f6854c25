"""Several blobs in one."""

_WIDTH = 8  # bytes of a length


def joined(*blobs: bytes) -> bytes:
    """The blobs, each behind its length."""
    return b"".join(len(blob).to_bytes(_WIDTH, "little") + blob for blob in blobs)


def parted(body: bytes) -> list[bytes]:
    """The blobs that were joined."""
    found, at = list[bytes](), 0
    while at < len(body):
        size = int.from_bytes(body[at : at + _WIDTH], "little")
        found.append(body[at + _WIDTH : at + _WIDTH + size])
        at += _WIDTH + size
    return found
