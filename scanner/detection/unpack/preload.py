"""What readers load late, loaded at once: in the cage no file can be opened any more."""

import contextlib
import email.header
import importlib

import pypdfium2
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from scanner.detection import image_text, images
from scanner.detection.unpack import by_libarchive, readers


def preload(*, texts: bool = False, hashes: bool = False) -> None:
    """Import the readers' optional libraries, and call once what loads more when it is called.

    `texts` and `hashes` tell whether words of pictures are read and pictures are compared.
    """
    for name in readers.LATE_IMPORTS:
        with contextlib.suppress(ImportError):  # optional: readers name what they miss
            importlib.import_module(name)
    email.header.decode_header("=?utf-8?b?eA==?=")
    Cipher(algorithms.AES(bytes(16)), modes.ECB()).encryptor().update(bytes(16))  # noqa: S305 - only to load it
    with contextlib.suppress(ImportError):
        aes = importlib.import_module("Cryptodome.Cipher.AES")
        aes.new(bytes(32), aes.MODE_CBC, bytes(16)).decrypt(bytes(16))
    with contextlib.suppress(pypdfium2.PdfiumError):
        pypdfium2.PdfDocument(b"%PDF-1.4")
    by_libarchive.warm_up()
    images.warm_up(hashes=hashes)
    if texts:
        image_text.warm_up()
