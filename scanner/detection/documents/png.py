"""PNG's packed texts, which programs that show a picture's properties read."""

from scanner.detection.heads import png_texts
from scanner.detection.unpack.decoders import Ended, deflated
from scanner.detection.unpack.part import Opening


def read_png_texts(opening: Opening) -> None:
    """Each text that is packed; the others stand as they are."""
    for number, (kind, start, stop) in enumerate(png_texts(opening.data), 1):
        body = opening.data[start:stop]
        at = body.find(b"\0") + 1
        if kind == b"iTXt":
            at = body.find(b"\0", body.find(b"\0", at + 2) + 1)  # behind the language and the word in it
        opening.stream(f"(text {number})", deflated(body, at + 1, Ended(-1), wbits=15), "png-text")
