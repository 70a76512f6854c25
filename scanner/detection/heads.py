"""Second looks at heads that a signature alone does not settle, and at formats that have none in front."""

import zlib
from collections.abc import Iterator

from scanner.detection.magics import CMS_KINDS

ISO_MAGIC = slice(32769, 32774)
PNG_TEXTS = (b"zTXt", b"iTXt")
_RIFF = {b"WEBP": ("image/webp", "image"), b"AVI ": ("video/x-msvideo", "video")}
NSIS = b"\xef\xbe\xad\xdeNullsoftInst"  # stands behind four bytes of flags
_BOOT = (b"NTFS    ", b"EXFAT   ")
MOST_TRIED = 4096  # bytes that are inflated to see whether they are zlib
FONTS = frozenset({"font/ttf", "font/otf"})


def confirmed(data: bytes, media: str) -> bool:
    """Whether what a short signature says of `data` holds on a second look."""
    if media == "image/bmp":
        return data[6:10] == b"\0\0\0\0" and data[14:15] in b"\x0c\x28\x40\x6c\x7c\x38\x34"
    if media == "application/vnd.ms-cab-compressed":
        return data[4:8] == b"\0\0\0\0" or data[24:26] == b"\x03\x01"
    if media in FONTS:  # the tag of the first table: four letters, or fewer and spaces
        return len(data) >= 28 and data[12:16].replace(b"/", b"").replace(b" ", b"").isalnum()
    if media == "application/x-lzma":
        return data[3:4] in b"\x00\x01\x02\x04\x08\x10\x20\x40\x80" and (
            data[5:13] == b"\xff" * 8 or data[10:13] == b"\0\0\0"
        )
    if media == "application/vnd.apache.orc":
        return data[-4:-1] == b"ORC"
    if media == "application/vnd.apache.parquet":
        return data[-4:] == data[:4] or data[4:5] == b"\x15"
    if media == "application/x-cpio" and data[:3] == b"070":
        return data[6:76].isalnum()
    if media == "application/x-cpio":
        return len(data) >= 26 and 0 < int.from_bytes(data[20:22], "little" if data[0] == 0xC7 else "big") <= 4096
    return True


def is_zlib(data: bytes) -> bool:
    """Whether the bytes begin like zlib, and go on like it."""
    if len(data) < 8 or data[0] & 15 != 8 or data[0] >> 4 > 7 or data[1] & 0x20 or (data[0] << 8 | data[1]) % 31:
        return False
    unpacker = zlib.decompressobj()
    try:
        out = unpacker.decompress(data[:MOST_TRIED], 64)
    except zlib.error:
        return False
    return len(out) >= 32 or unpacker.eof


def is_old_tar(data: bytes) -> bool:
    """A tar header without its magic: the checksum holds over a block that is not all zero."""
    if len(data) < 512 or data[148:149] not in b"01234567 \0" or data[0] == 0:
        return False
    digits = data[148:156].strip(b" \0")
    if not digits or not digits.isdigit() or digits.translate(None, b"01234567"):
        return False
    return int(digits, 8) == sum(data[:148]) + 256 + sum(data[156:512])


def by_place(data: bytes) -> tuple[str, str] | None:
    """(media type, family) of a format whose mark stands further on, or that is known by how it goes on."""
    if data[:1] == b"\x30" and any(kind in data[2:24] for kind in CMS_KINDS):
        return "application/pkcs7-mime", "document"
    if data[:4] == b"RIFF" and len(data) > 12:
        return _RIFF.get(data[8:12], ("audio/x-wav", "audio"))
    if data[4:8] == b"ftyp":
        return ("image/avif", "image") if data[8:12] in (b"avif", b"heic", b"mif1") else ("video/mp4", "video")
    if data[2:5] in (b"-lh", b"-lz", b"-pm") and data[6:7] == b"-":
        return "application/x-lzh-compressed", "archive"
    if data[7:14] == b"**ACE**":
        return "application/x-ace", "archive"
    if data[4:20] == NSIS:
        return "application/x-nsis", "archive"
    if data[60:68] in (b"BOOKMOBI", b"TEXtREAd"):
        return "application/x-mobipocket-ebook", "archive"
    if is_image(data):
        return "application/x-iso9660-image", "archive"
    if is_disk(data):
        return "application/x-disk-image", "archive"
    return ("application/zlib", "archive") if is_zlib(data) else None


def is_disk(data: bytes) -> bool:
    """Whether a volume or a disk begins here: of Windows, Linux, Android, Apple, or divided by GPT."""
    return (
        (data[510:512] == b"\x55\xaa" and (data[3:11] in _BOOT or b"FAT" in (data[54:57], data[82:85])))
        or (data[1080:1082] == b"\x53\xef" and not any(data[:1024]))
        or (data[1024:1026] in (b"H+", b"HX") and not any(data[:1024]))
        or (data[1024:1028] in (b"\xe2\xe1\xf5\xe0", b"\x10\x20\xf5\xf2"))
        or data[32:36] == b"NXSB"
        or data[0x10040:0x10048] == b"_BHRfS_M"
        or data[512:520] == b"EFI PART"
        or data[-512:-504] == b"conectix"
    )


def is_image(data: bytes) -> bool:
    """Whether a disk's image stands here, whatever it begins with: its first 32 KiB are anybody's."""
    return data[ISO_MAGIC] in (b"CD001", b"BEA01")


def png_texts(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start, end) of every packed text of a PNG."""
    at = 8
    while at + 12 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        start, stop = at + 8, min(at + 8 + length, len(data))
        if kind == b"zTXt" or (kind == b"iTXt" and data[data.find(b"\0", start, stop) + 1] == 1):
            yield kind, start, stop
        at = start + length + 4


def has_packed_texts(data: bytes) -> bool:
    """Whether a PNG has any: pictures have few texts, and seldom packed ones."""
    return any(word in data for word in PNG_TEXTS) and next(png_texts(data), None) is not None
