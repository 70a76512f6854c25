"""What a picture says: QR and bar codes, and its perceptual hash. Without the extra `[image]` nothing here runs.

Pictures are opened only up to a size and number of pixels, scaled down first, and the same bytes only once.
"""

import functools
import hashlib
import importlib
import importlib.util
import io
import warnings
from typing import Any

MOST_BYTES = 16 * 1024 * 1024
FEWEST_BYTES = 128
MOST_PIXELS = 40_000_000
FEWEST_SIDE = 21  # modules of the smallest QR code
LONGEST_SIDE = 1_000  # pixels after scaling down
MOST_CODES = 32
MOST_SEEN = 10_000  # pictures whose codes are remembered by their digest
_READABLE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff"})
_SEEN: dict[bytes, tuple[str, ...]] = {}
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")


@functools.cache
def reads_codes() -> bool:
    """Whether the libraries for codes are installed; nothing is loaded to find out."""
    return all(importlib.util.find_spec(name) is not None for name in ("zxingcpp", "PIL"))


@functools.cache
def hashes_pictures() -> bool:
    """Whether the libraries for perceptual hashes are installed."""
    return all(importlib.util.find_spec(name) is not None for name in ("pdqhash", "PIL", "numpy"))


def is_readable(media_type: str) -> bool:
    """Whether pictures of this type are opened."""
    return media_type in _READABLE


def worth_opening(data: bytes, media_type: str) -> bool:
    """Whether a picture of this type and size is looked into."""
    return reads_codes() and is_readable(media_type) and FEWEST_BYTES <= len(data) <= MOST_BYTES


def codes(data: bytes) -> tuple[str, ...]:
    """The texts of all codes in the picture; ValueError if it cannot be opened or is over the pixel bound."""
    digest = hashlib.sha256(data).digest()
    if digest not in _SEEN:
        while len(_SEEN) >= MOST_SEEN:
            _SEEN.pop(next(iter(_SEEN)))
        _SEEN[digest] = _codes(data)
    return _SEEN[digest]


def _codes(data: bytes) -> tuple[str, ...]:
    picture = opened(data)
    if picture is None:
        return ()
    zxing = importlib.import_module("zxingcpp")
    # A QR code is found however it is turned: asking for rotations, too, only costs time.
    found = zxing.read_barcodes(picture, formats=zxing.BarcodeFormat.QRCode, try_rotate=False, try_downscale=False)
    return tuple(dict.fromkeys(code.text for code in found[:MOST_CODES] if code.text))


def perceptual_hash(data: bytes) -> tuple[str, int] | None:
    """As `pdq`; None without the library, or for what is no small picture."""
    if not hashes_pictures() or not FEWEST_BYTES <= len(data) <= MOST_BYTES:
        return None
    try:
        return pdq(data)
    except ValueError:
        return None


def pdq(data: bytes) -> tuple[str, int] | None:
    """(64 hex digits of the PDQ hash, quality 0…100); None for a picture of almost no pixels.

    ValueError if it cannot be opened. Works where `hashes_pictures`.
    """
    picture = opened(data)
    if picture is None:
        return None
    numpy, pdqhash = importlib.import_module("numpy"), importlib.import_module("pdqhash")
    bits, quality = pdqhash.compute(numpy.asarray(picture.convert("RGB")))
    return f"{int(''.join(map(str, bits)), 2):064x}", int(quality)


def warm_up(*, hashes: bool = False) -> None:
    """Load all that opening a picture would load: behind the cage's walls no file can be opened."""
    if reads_codes():
        importlib.import_module("PIL.Image").init()
        codes(_smallest())
    if hashes:
        pdq(_smallest())


def _smallest() -> bytes:
    out = io.BytesIO()
    importlib.import_module("PIL.Image").new("L", (FEWEST_SIDE, FEWEST_SIDE), 255).save(out, "PNG")
    return out.getvalue()


class LargePictureError(ValueError):
    """A picture of more pixels than are opened."""


def opened(data: bytes, side: int = LONGEST_SIDE) -> Any:
    """The picture in grey, scaled down to `side`; None if it is too small for anything.

    ValueError if it cannot be opened.
    """
    image = importlib.import_module("PIL.Image")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = image.open(io.BytesIO(data), formats=_FORMATS)
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise LargePictureError(f"{width} × {height} pixels")
            if min(width, height) < FEWEST_SIDE:
                return None
            picture.draft("L", (side, side))
            grey = picture.convert("L")
    except image.DecompressionBombError as error:
        raise LargePictureError(str(error)) from error
    except (OSError, SyntaxError, EOFError, KeyError) as error:
        raise ValueError(f"picture: {type(error).__name__}") from error
    grey.thumbnail((side, side))
    return grey
