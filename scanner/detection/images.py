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
_READABLE = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp"})
_SEEN: dict[bytes, tuple[str, ...]] = {}
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")


@functools.cache
def reads_codes() -> bool:
    """Whether the libraries for codes are installed; nothing is loaded to find out."""
    return all(importlib.util.find_spec(name) is not None for name in ("zxingcpp", "PIL"))


def worth_opening(data: bytes, media_type: str) -> bool:
    """Whether a picture of this type and size is looked into."""
    return reads_codes() and media_type in _READABLE and FEWEST_BYTES <= len(data) <= MOST_BYTES


def codes(data: bytes) -> tuple[str, ...]:
    """The texts of all codes in the picture; ValueError if it cannot be opened or is over the pixel bound."""
    digest = hashlib.sha256(data).digest()
    if digest not in _SEEN:
        while len(_SEEN) >= MOST_SEEN:
            _SEEN.pop(next(iter(_SEEN)))
        _SEEN[digest] = _codes(data)
    return _SEEN[digest]


def _codes(data: bytes) -> tuple[str, ...]:
    picture = _opened(data)
    if picture is None:
        return ()
    zxing = importlib.import_module("zxingcpp")
    # A QR code is found however it is turned: asking for rotations, too, only costs time.
    found = zxing.read_barcodes(picture, formats=zxing.BarcodeFormat.QRCode, try_rotate=False, try_downscale=False)
    return tuple(dict.fromkeys(code.text for code in found[:MOST_CODES] if code.text))


def perceptual_hash(data: bytes) -> tuple[str, int] | None:
    """(64 hex digits of the PDQ hash, quality 0…100); None without the library, or for what is no small picture."""
    if importlib.util.find_spec("pdqhash") is None or not FEWEST_BYTES <= len(data) <= MOST_BYTES:
        return None
    try:
        picture = _opened(data)
    except ValueError:
        return None
    if picture is None:
        return None
    numpy, pdqhash = importlib.import_module("numpy"), importlib.import_module("pdqhash")
    bits, quality = pdqhash.compute(numpy.asarray(picture.convert("RGB")))
    return f"{int(''.join(map(str, bits)), 2):064x}", int(quality)


def warm_up() -> None:
    """Load all that opening a picture would load: behind the cage's walls no file can be opened."""
    if reads_codes():
        image = importlib.import_module("PIL.Image")
        image.init()
        codes(_smallest(image))


def _smallest(image: Any) -> bytes:
    out = io.BytesIO()
    image.new("L", (FEWEST_SIDE, FEWEST_SIDE), 255).save(out, "PNG")
    return out.getvalue()


def _opened(data: bytes) -> Any:
    """The picture in grey, scaled down; None if it is too small for anything. ValueError if it cannot be opened."""
    image = importlib.import_module("PIL.Image")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = image.open(io.BytesIO(data), formats=_FORMATS)
            width, height = picture.size
            if width * height > MOST_PIXELS:
                raise ValueError(f"{width} × {height} pixels")
            if min(width, height) < FEWEST_SIDE:
                return None
            picture.draft("L", (LONGEST_SIDE, LONGEST_SIDE))
            grey = picture.convert("L")
    except (OSError, SyntaxError, EOFError, KeyError, image.DecompressionBombError) as error:
        raise ValueError(f"picture: {type(error).__name__}") from error
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return grey
