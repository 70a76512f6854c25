"""Content-Encoding: what a browser would make of the body, tried as declared and however the bytes look."""

import re
from collections.abc import Iterator

from scanner.detection.unpack.decoders import Ended, deflated, unzstd
from scanner.detection.unpack.part import Opening, Part
from scanner.detection.unpack.streams import gunzipped, unbrotlied
from scanner.detection.unpack.troubles import SpentError
from scanner.domain.content import Sample
from scanner.domain.coverage import Reason

MOST_LAYERS = 8
_WORDS = {"gzip", "x-gzip", "deflate", "br", "zstd"}


def decoded_body(sample: Sample, opening: Opening) -> Iterator[Part]:
    """The body behind each declared layer, outermost first; a layer that is a lie is noted and passed over."""
    body, layers = sample.data, [word for word in re.split(r"[\s,]+", sample.encoding.lower()) if word]
    named = [word for word in reversed(layers) if word not in ("identity", "aws-chunked", "none", "utf-8")]
    if len(named) > MOST_LAYERS:
        opening.gap(Reason.OVER_DEPTH, f"more than {MOST_LAYERS} content encodings")
    for number, word in enumerate(named[:MOST_LAYERS], 1):
        if word not in _WORDS:
            opening.gap(Reason.UNSUPPORTED_FORMAT, f"content encoding {word[:40]}")
            return
        out, trouble = opening.budget.gather(_decoder(word, body))
        if isinstance(trouble, SpentError):
            raise trouble
        if not out:
            opening.disagree(f"declared {word}, and is not")
            continue
        if trouble is not None:
            opening.gap(trouble.reason, f"{word}: {trouble.detail}", f"({word})")
        body = out
        opening.budget.member()
        path = "!".join(f"({one})" for one in named[:number])
        yield Part(path, body, number, sample.name, f"decoded-{word}", sample.media_type, offset=None)


def _decoder(word: str, body: bytes) -> Iterator[bytes]:
    end = Ended(-1)
    if word in ("gzip", "x-gzip"):
        return gunzipped(body, 0, end)
    if word == "deflate":
        zlib_head = len(body) > 1 and body[0] & 15 == 8 and not (body[0] << 8 | body[1]) % 31
        return deflated(body, 0, end, wbits=15 if zlib_head else -15)
    if word == "br":
        return unbrotlied(body)
    return unzstd(body, 0, end)
