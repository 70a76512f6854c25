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


class _Held:
    """What pdfium has handed over so far, at most `most` bytes."""

    def __init__(self) -> None:
        self.written, self.most, self.refused = io.BytesIO(), 0, False

    def begin(self, most: int) -> None:
        """Forget what was held before."""
        self.written.seek(0)
        self.written.truncate()
        self.most, self.refused = most, False

    def take(self, _: Any, block: Any, size: int) -> int:
        """Pdfium's next bytes; 0 ends the writing, where there are too many."""
        self.refused = self.refused or self.written.tell() + size > self.most
        if self.refused:
            return 0
        self.written.write(ctypes.string_at(block, size))
        return 1


_HELD = _Held()
_WRITER = pdfium.FPDF_FILEWRITE(version=1)
_WRITER.WriteBlock = type(_WRITER.WriteBlock)(_HELD.take)


def decrypted(document: Any, most: int) -> bytes:
    """The whole file, at most `most` bytes; PdfiumError where it cannot be written or is larger."""
    with _one_at_a_time:
        _HELD.begin(most)
        try:
            written = pdfium.FPDF_SaveAsCopy(document, _WRITER, pdfium.FPDF_REMOVE_SECURITY)
            if not written or _HELD.refused:  # pdfium may call written what was refused
                raise pypdfium2.PdfiumError("what is encrypted cannot be written anew")
            return _HELD.written.getvalue()
        finally:
            _HELD.begin(0)
