"""Which readers a part owes: every one whose signature it bears, whatever the sniff called it."""

from collections.abc import Callable
from functools import partial

from scanner.detection.documents.cms import read_cms
from scanner.detection.documents.mail import read_mail
from scanner.detection.documents.mail_codings import read_coded
from scanner.detection.documents.markup import read_markup
from scanner.detection.documents.notebook import read_notebook
from scanner.detection.documents.office_xml import MARKS, read_office_xml
from scanner.detection.documents.ole import read_ole
from scanner.detection.documents.pdf import read_forms, read_pdf
from scanner.detection.documents.picture import read_picture
from scanner.detection.documents.png import read_png_texts
from scanner.detection.documents.post_script import read_post_script
from scanner.detection.documents.rtf import read_rtf
from scanner.detection.documents.stores import read_one_note, read_property_list
from scanner.detection.documents.tnef import read_tnef
from scanner.detection.heads import has_packed_texts, is_image
from scanner.detection.images import worth_opening
from scanner.detection.magics import SHUT_TYPES
from scanner.detection.sniff import Sniffed, extension_of, has_coded_parts, is_written
from scanner.detection.tells import HALT
from scanner.detection.unpack import by_libarchive
from scanner.detection.unpack.cab import read_cab
from scanner.detection.unpack.columns import read_parquet
from scanner.detection.unpack.fonts import read_woff, read_woff2
from scanner.detection.unpack.git_pack import read_git_pack
from scanner.detection.unpack.installers import COOKIE, read_frozen, read_inno, read_inno_head, read_modules, read_nsis
from scanner.detection.unpack.iso import read_iso
from scanner.detection.unpack.part import Opening, Part
from scanner.detection.unpack.phar import read_phar
from scanner.detection.unpack.rar import read_rar
from scanner.detection.unpack.sevenzip import read_sevenzip
from scanner.detection.unpack.streams import read_chain, read_gzip
from scanner.detection.unpack.tables import read_avro, read_orc
from scanner.detection.unpack.tar_read import header_at, read_tar
from scanner.detection.unpack.troubles import locked, unsupported
from scanner.detection.unpack.unix_read import read_ar, read_cpio, read_rpm
from scanner.detection.unpack.wrapped import (
    read_activemime,
    read_backup,
    read_brotli,
    read_flash,
    read_lzma,
    read_pbzx,
    read_raw_disk,
    read_zlib,
)
from scanner.detection.unpack.zip_read import read_zip

LATE_IMPORTS = ("brotli", "inflate64", "pyppmd", "bcj", "backports.zstd", "multivolumefile", "Cryptodome.Hash.SHA256")

ZIP_MARKS = frozenset({b"PK\x03\x04", b"PK\x05\x06"})

Reader = Callable[[Opening], None]


def _by_library(opening: Opening, word: str, filter_name: str = "none") -> None:
    by_libarchive.read_by_libarchive(opening, word, filter_name)


_BY_MEDIA: dict[str, Reader] = {
    "application/gzip": read_gzip,
    "application/x-bzip2": partial(read_chain, word="bzip2"),
    "application/x-xz": partial(read_chain, word="xz"),
    "application/x-lzma": partial(read_chain, word="lzma"),
    "application/zstd": partial(read_chain, word="zstd"),
    "application/x-lz4": partial(read_chain, word="lz4"),
    "application/x-7z-compressed": read_sevenzip,
    "application/vnd.rar": read_rar,
    "application/vnd.ms-cab-compressed": read_cab,
    "application/x-iso9660-image": read_iso,
    "application/x-archive": read_ar,
    "application/x-rpm": read_rpm,
    "application/x-cpio": read_cpio,
    "application/x-ole-storage": read_ole,
    "application/x-activemime": read_activemime,
    "application/x-bplist": read_property_list,
    "application/onenote": read_one_note,
    "application/x-shockwave-flash": read_flash,
    "application/x-android-backup": read_backup,
    "application/x-cd-image": read_raw_disk,
    "application/zlib": read_zlib,
    "application/pdf": read_pdf,
    "application/vnd.fdf": read_forms,
    "application/rtf": read_rtf,
    "message/rfc822": read_mail,
    "application/vnd.ms-tnef": read_tnef,
    "application/pkcs7-mime": read_cms,
    "application/x-ipynb+json": read_notebook,
    "application/x-lzh-compressed": partial(_by_library, word="lha"),
    "application/x-xar": partial(_by_library, word="xar"),
    "application/warc": partial(_by_library, word="warc"),
    "application/x-compress": partial(_by_library, word="raw", filter_name="compress"),
    "application/x-lzip": partial(read_chain, word="lzip"),
    "application/x-lz4-legacy": partial(read_chain, word="lz4-legacy"),
    "application/x-snappy-framed": partial(read_chain, word="snappy"),
    "application/x-pbzx": read_pbzx,
    "application/x-git": read_git_pack,
    "application/avro": read_avro,
    "application/vnd.apache.orc": read_orc,
    "application/vnd.apache.parquet": read_parquet,
    "application/x-nsis": read_nsis,
    "application/x-inno-chunk": read_inno,
    "application/x-inno-head": read_inno_head,
    "application/x-pyinstaller-modules": read_modules,
    "font/woff": read_woff,
    "font/woff2": read_woff2,
    "application/postscript": read_post_script,
}
# Formats that a declared type or an extension may call for although the bytes do not show it at once.
_BY_NAME: dict[str, Reader] = {
    **dict.fromkeys(("eml", "emlx", "mbox", "mht", "mhtml"), read_mail),
    **dict.fromkeys(("uu", "uue", "hqx", "yenc"), read_coded),
    "ipynb": read_notebook,
    "br": read_brotli,
    **dict.fromkeys(("lzma", "tlz"), read_lzma),
}
_MAILS = ("message/", "multipart/")
_OWED = frozenset({"archive", "document"})
_COVERING: frozenset[Reader] = frozenset(
    {read_tar, read_ar, read_cpio, read_iso, read_rpm, read_gzip, read_sevenzip, read_rar, read_cab}
    | {reader for reader in _BY_MEDIA.values() if isinstance(reader, partial) and reader.func is read_chain}
)


def readers_for(part: Part, sniffed: Sniffed, marks: frozenset[bytes]) -> list[Reader]:
    """The readers to ask, in order; `marks` are the signatures that stand anywhere in the part.

    An archive that none of them reads is named in a gap.
    Zips are looked for in everything but containers whose readers say which bytes they accounted for: there each
    member, and whatever lies between them, is looked at by itself, since members may hold whole zips as they are.
    """
    data = part.data
    found = _by_signature(part, sniffed, marks)
    if not ZIP_MARKS.isdisjoint(marks) and _COVERING.isdisjoint(found):
        found.append(read_zip)
    if sniffed.family == "image" and worth_opening(data, sniffed.media_type):
        found.append(read_picture)
    if sniffed.media_type == "image/png" and has_packed_texts(data):
        found.append(read_png_texts)
    if is_written(sniffed):
        found += _in_writing(data, sniffed)
    if not found and sniffed.family in _OWED and (not sniffed.sure or sniffed.family == "archive"):
        found.append(_nobody(sniffed))
    return found


def _by_signature(part: Part, sniffed: Sniffed, marks: frozenset[bytes]) -> list[Reader]:
    data = part.data
    found: list[Reader] = []
    if header_at(data, 0) is not None:
        found.append(read_tar)
    if (reader := _BY_MEDIA.get(sniffed.media_type)) is not None:
        found.append(reader)
    elif data and (named := _by_name(part)) is not None:
        found.append(named)
    if is_image(data) and read_iso not in found:
        found.append(read_iso)
    if HALT in data:
        found.append(read_phar)
    if COOKIE in marks:
        found.append(read_frozen)
    return found


def _nobody(sniffed: Sniffed) -> Reader:
    """For what nobody here reads, and for what only its name calls an archive or a document."""
    if sniffed.media_type in SHUT_TYPES:
        return _shut
    return partial(_refuse, word=sniffed.media_type if sniffed.sure else f"{sniffed.family} by its name alone")


def _by_name(part: Part) -> Reader | None:
    return read_mail if part.declared.lower().startswith(_MAILS) else _BY_NAME.get(extension_of(part.name))


def _in_writing(data: bytes, sniffed: Sniffed) -> list[Reader]:
    found: list[Reader] = []
    if sniffed.family == "page" and data.lstrip()[:5] == b"<?xml" and any(mark in data for mark in MARKS):
        found.append(read_office_xml)
    if has_coded_parts(data):
        found.append(read_markup)
    return found


def _shut(opening: Opening) -> None:
    raise locked("nobody has the key")


def _refuse(opening: Opening, word: str) -> None:
    raise unsupported(word)
