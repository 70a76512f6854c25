"""Words that stand in pictures, read by the extra `[ocr]`: models that come with its wheel, nothing fetched.

Half a CPU second a picture, so that pictures without strokes are passed over and the same bytes are read once.
"""

import functools
import hashlib
import importlib
import importlib.util
import io
from typing import Any

from scanner.detection import images

FEWEST_SIDE = 32  # pixels: smaller than a line that can be read
LONGEST_SIDE = 1_600  # pixels after scaling down
FEWEST_STROKES = 0.004  # share of neighbouring pixels that differ as strokes and their ground do
STROKE = 40  # of 255, between neighbours
MOST_SEEN = 2_000  # pictures whose words are remembered by their digest
FEWEST_SURE = 0.5  # below it a line is guessed
_SEEN: dict[bytes, tuple[str, ...]] = {}
_ONE_THREAD = {"EngineConfig.onnxruntime.intra_op_num_threads": 1, "EngineConfig.onnxruntime.inter_op_num_threads": 1}
_PARAMS = {**_ONE_THREAD, "Global.log_level": "critical", "Global.text_score": FEWEST_SURE}


@functools.cache
def reads_words() -> bool:
    """Whether the libraries are installed; nothing is loaded to find out."""
    return all(importlib.util.find_spec(name) is not None for name in ("rapidocr", "onnxruntime", "PIL"))


def may_hold_text(data: bytes) -> bool:
    """Whether the picture is large enough and has strokes; ValueError if it cannot be opened."""
    picture = images.opened(data)
    if picture is None or min(picture.size) < FEWEST_SIDE:
        return False
    numpy = importlib.import_module("numpy")
    grey = numpy.asarray(picture, dtype=numpy.int16)
    return bool((numpy.abs(grey[:, 1:] - grey[:, :-1]) > STROKE).mean() >= FEWEST_STROKES)


def words(data: bytes) -> tuple[str, ...]:
    """The lines of text in the picture, from the top; ValueError if it cannot be opened."""
    digest = hashlib.sha256(data).digest()
    if digest not in _SEEN:
        while len(_SEEN) >= MOST_SEEN:
            _SEEN.pop(next(iter(_SEEN)))
        _SEEN[digest] = _words(data)
    return _SEEN[digest]


def warm_up() -> None:
    """Load the models and read once, for behind the cage's walls neither files nor threads are to be had."""
    image, draw = importlib.import_module("PIL.Image"), importlib.import_module("PIL.ImageDraw")
    picture = image.new("L", (320, 120), 255)
    draw.Draw(picture).text((20, 40), "warm 123")
    out = io.BytesIO()
    picture.save(out, "PNG")
    words(out.getvalue())


def _words(data: bytes) -> tuple[str, ...]:
    picture = images.opened(data, LONGEST_SIDE)
    if picture is None:
        return ()
    numpy = importlib.import_module("numpy")
    found = _reader()(numpy.asarray(picture.convert("RGB")), use_cls=False)
    return tuple(found.txts or ())


@functools.cache
def _reader() -> Any:
    importlib.import_module("cv2").setNumThreads(1)
    return importlib.import_module("rapidocr").RapidOCR(params=_PARAMS)
