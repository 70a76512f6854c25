"""A writer of compound files with any streams, for tests: 512 byte sectors, small streams in the small table."""

import struct
from itertools import pairwise

FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


class _Tree:
    def __init__(self) -> None:
        self.entries: list[list] = [["Root Entry", 5, [], END, 0]]
        self.folders: dict[str, int] = {"": 0}

    def folder(self, path: str) -> int:
        if path not in self.folders:
            parent, _, name = path.rpartition("/")
            above = self.folder(parent)
            self.entries.append([name, 1, [], 0, 0])
            self.folders[path] = len(self.entries) - 1
            self.entries[above][2].append(self.folders[path])
        return self.folders[path]

    def stream(self, path: str, start: int, size: int, linked: bool) -> None:
        parent, _, name = path.rpartition("/")
        above = self.folder(parent)
        self.entries.append([name, 2, [], start, size])
        if linked:
            self.entries[above][2].append(len(self.entries) - 1)


def compound(streams: dict[str, bytes], unlinked: tuple[str, ...] = ()) -> bytes:
    """The file; streams in `unlinked` stand in the directory, but hang on no storage."""
    sectors: list[bytes] = []
    table: list[int] = []
    small, small_table = bytearray(), []
    tree = _Tree()

    def chain(body: bytes) -> int:
        first = len(table)
        count = max(-(-len(body) // 512), 1)
        sectors.extend(body[at * 512 : (at + 1) * 512].ljust(512, b"\0") for at in range(count))
        table.extend([first + index + 1 for index in range(count - 1)] + [END])
        return first

    for path, body in streams.items():
        if len(body) >= 4096:
            start = chain(body)
        else:
            start = len(small_table)
            count = max(-(-len(body) // 64), 1)
            small += body.ljust(count * 64, b"\0")
            small_table += [start + index + 1 for index in range(count - 1)] + [END]
        tree.stream(path, start, len(body), path not in unlinked)
    tree.entries[0][3], tree.entries[0][4] = chain(bytes(small)), len(small)
    small_first = chain(b"".join(struct.pack("<I", value) for value in small_table).ljust(512, b"\xff"))
    first_directory = chain(_directory(tree))
    fat_at = len(table)
    table.append(FAT)
    sectors.append(b"".join(struct.pack("<I", value) for value in table).ljust(512, b"\xff"))
    assert len(table) <= 128
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHHHIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 0, 0, 1)
    )
    head += struct.pack("<IIIIIII", first_directory, 0, 4096, small_first, -(-len(small_table) // 128) or 1, END, 0)
    return head + struct.pack("<I", fat_at).ljust(436, b"\xff") + b"".join(sectors)


def _directory(tree: _Tree) -> bytes:
    """Siblings hang to the right of each other: no balanced tree, but one that readers follow."""
    right: dict[int, int] = {}
    for _, _, kids, _, _ in tree.entries:
        ordered = sorted(kids, key=lambda kid: (len(tree.entries[kid][0]), tree.entries[kid][0].upper()))
        kids[:] = ordered
        right.update(pairwise(ordered))
    out = b""
    for number, (name, kind, kids, start, size) in enumerate(tree.entries):
        raw = name.encode("utf-16-le") + b"\0\0"
        out += raw.ljust(64, b"\0") + struct.pack(
            "<HBBIII", len(raw), kind, 1, FREE, right.get(number, FREE), kids[0] if kids else FREE
        )
        out += bytes(36) + struct.pack("<IQ", start, size)
    return out + bytes(-len(out) % 512)
