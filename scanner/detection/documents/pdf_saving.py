"""A PDF that pdfium has open, written anew without its encryption.

pdfium hands its bytes to a function of ours. Behind the cage's walls no memory can be made executable any more, which
such a function needs: it is made once, when this module is read.
"""

import ctypes
import io
import threading
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

_one_at_a_time = threading.Lock()
_held = io.BytesIO()
_most = 0
_refused = False


def _take(_: Any, block: Any, size: int) -> int:
    """Pdfium's next bytes; 0 ends the writing, where there are too many."""
    global _refused
    _refused = _refused or _held.tell() + size > _most
    if _refused:
        return 0
    _held.write(ctypes.string_at(block, size))
    return 1


_WRITER = pdfium.FPDF_FILEWRITE(version=1)
_WRITER.WriteBlock = type(_WRITER.WriteBlock)(_take)


def decrypted(document: Any, most: int) -> bytes:
    """The whole file, at most `most` bytes; PdfiumError where it cannot be written or is larger."""
    global _most, _refused
    with _one_at_a_time:
        _most, _refused = most, False
        try:
            written = pdfium.FPDF_SaveAsCopy(document, _WRITER, pdfium.FPDF_REMOVE_SECURITY)
            if not written or _refused:  # pdfium may call written what was refused
                raise pypdfium2.PdfiumError("what is encrypted cannot be written anew")
            return _held.getvalue()
        finally:
            _held.seek(0)
            _held.truncate()
