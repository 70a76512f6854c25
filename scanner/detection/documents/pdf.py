"""PDF: its streams and strings by our own look, then text, attachments and scripts by pdfium."""

import ctypes
from collections.abc import Callable
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from scanner.detection.documents.pdf_objects import escapes_names, unescaped
from scanner.detection.documents.pdf_saving import decrypted
from scanner.detection.documents.pdf_streams import PEEK, Stream, decoded, find_streams, looks_written
from scanner.detection.documents.pdf_strings import LINKS, MOST_STRING, strings_of
from scanner.detection.sniff import needs_parser, sniff
from scanner.detection.unpack.decoders import whole
from scanner.detection.unpack.names import clean
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import TroubleError, damaged, locked
from scanner.domain.coverage import Reason
from scanner.domain.findings import Layer

PAGES_AT_ONCE = 50  # pages whose text is handed on together
MOST_JOINED = 64 * 1024 * 1024
_PASSWORD = 4  # pdfium's error number


def read_pdf(opening: Opening) -> None:
    """Both looks; where pdfium opens the file, our own failures on single streams are no loss.

    What is encrypted is written anew without that, and looked at like any other file.
    """
    encrypted = b"/Encrypt" in opening.data
    texts = [] if encrypted else _own_look(opening)
    _strings(opening, [opening.data, *texts])
    document = _opened(opening)
    try:
        secured = pdfium.FPDF_GetSecurityHandlerRevision(document) != -1
        for look in (_decrypted,) if secured else (_attachments, _scripts, _pages):
            _look(opening, document, look)
    finally:
        document.close()


def _look(opening: Opening, document: Any, look: Callable[[Opening, Any], None]) -> None:
    """One of pdfium's looks; that it fails is no reason to leave out the others."""
    try:
        look(opening, document)
    except pypdfium2.PdfiumError as error:
        opening.gap(Reason.DAMAGED, f"pdfium: {str(error)[:100]}")


def read_forms(opening: Opening) -> None:
    """A file of forms (FDF), which no reader of pages opens: its streams and strings."""
    _strings(opening, [opening.data, *_own_look(opening)])


def _decrypted(opening: Opening, document: Any) -> None:
    """The whole file without its encryption: its streams and strings say nothing as they stand."""
    whole_file = decrypted(document, opening.budget.limits.member_bytes)
    opening.budget.charge(len(whole_file))
    opening.member("(decrypted).pdf", whole_file, "pdf-decrypted", declared="application/pdf")


def _own_look(opening: Opening) -> list[bytes]:
    """Streams by themselves: files go on as members, the rest as one view."""
    joined: list[bytes] = []
    size = 0
    for number, stream in enumerate(find_streams(opening.data), 1):
        if stream.picture and not _is_written(opening, stream):
            continue
        data, trouble = opening.budget.gather(decoded(opening.data, stream))
        if trouble is not None and trouble.reason is not Reason.DAMAGED:
            opening.trouble(trouble, f"(stream {number})")
        elif stream.lost:
            opening.gap(Reason.DAMAGED, "the filter of a stream is not where it should be", f"(stream {number})")
        if data and _stands_alone(stream, data):
            opening.member(f"(stream {number})", data, "pdf-stream")
        elif data and size < MOST_JOINED and stream.filters:
            joined.append(data)
            size += len(data)
    if joined:
        opening.member("(streams)", b"\n".join(joined), "pdf-streams")
    if size >= MOST_JOINED:
        opening.gap(Reason.OVER_SIZE, f"more than {MOST_JOINED} bytes in page streams")
    return joined


def _is_written(opening: Opening, stream: Stream) -> bool:
    """Whether what calls itself a picture is text all the same: scripts and forms are read whatever they are called."""
    try:
        return looks_written(whole(decoded(opening.data, stream), PEEK))
    except TroubleError:
        return False  # no text came in front of it


def _stands_alone(stream: Stream, data: bytes) -> bool:
    """Embedded files, and anything that has to be opened."""
    return b"/EmbeddedFile" in stream.head or needs_parser(sniff(data), data)


def _strings(opening: Opening, texts: list[bytes]) -> None:
    scripts: dict[str, None] = {}
    links: dict[str, None] = {}
    for raw in texts:
        for key, text, is_whole in (*strings_of(raw), *(strings_of(unescaped(raw)) if escapes_names(raw) else ())):
            (links if key in LINKS else scripts).setdefault(text)
            if not is_whole:
                opening.gap(Reason.OVER_SIZE, f"a string of more than {MOST_STRING} bytes")
    _script(opening, "\n".join(scripts), "(actions)")
    opening.text("(links)", "\n".join(links), "pdf-links", Layer.URL)


def _script(opening: Opening, text: str, name: str) -> None:
    raw = text.encode("utf-8", "replace")
    if raw.strip():
        opening.budget.charge(len(raw))
        opening.member(f"{name}.js", raw, "pdf-script", charset="utf-8")


def _opened(opening: Opening) -> Any:
    """The document under no password or a candidate; a gap and None if it stays shut."""
    for password in (None, *opening.passwords.candidates()):
        opening.budget.tick()
        try:
            document = pypdfium2.PdfDocument(opening.data, password=password)
        except pypdfium2.PdfiumError as error:
            if getattr(error, "err_code", 0) != _PASSWORD:
                raise damaged("pdfium does not open it") from error
            continue
        if password:
            opening.note("PDF opened with a trial password")
        return document
    raise locked("encrypted PDF")


def _attachments(opening: Opening, document: Any) -> None:
    for number in range(document.count_attachments()):
        attachment = document.get_attachment(number)
        name = clean(attachment.get_name()) or f"(attachment {number})"
        opening.name(name)
        data = bytes(attachment.get_data())
        opening.budget.charge(len(data))
        opening.member(name, data, "pdf-attachment")


def _scripts(opening: Opening, document: Any) -> None:
    count = pdfium.FPDFDoc_GetJavaScriptActionCount(document)
    texts = []
    for number in range(max(count, 0)):
        action = pdfium.FPDFDoc_GetJavaScriptAction(document, number)
        length = pdfium.FPDFJavaScriptAction_GetScript(action, None, 0)
        opening.budget.charge(length)
        held = (ctypes.c_ushort * (length // 2))()
        pdfium.FPDFJavaScriptAction_GetScript(action, held, length)
        texts.append(bytes(held).decode("utf-16-le", "replace").rstrip("\0"))
        pdfium.FPDFDoc_CloseJavaScriptAction(action)
    _script(opening, "\n".join(texts), "(scripts)")


def _pages(opening: Opening, document: Any) -> None:
    held: list[str] = []
    for number in range(len(document)):
        opening.budget.tick()
        try:
            page = document[number]
            held.append(page.get_textpage().get_text_bounded())
            page.close()
        except pypdfium2.PdfiumError:
            opening.gap(Reason.DAMAGED, "page cannot be read", f"(page {number + 1})")
        if len(held) == PAGES_AT_ONCE:
            opening.text(f"(pages to {number + 1})", "\n".join(held), "document-text")
            held.clear()
    opening.text("(text)", "\n".join(held), "document-text")
