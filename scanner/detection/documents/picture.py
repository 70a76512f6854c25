"""Pictures: the texts of codes and words that stand in them, and their perceptual hash, with the extras that read them.

What an operator asked for (hash lists, texts) and cannot be had of a picture is a gap; what nobody asked for is not.
"""

from scanner.detection import image_text, images
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.views import HASHER, View, join
from scanner.domain.coverage import Reason
from scanner.domain.findings import Layer


def read_picture(opening: Opening) -> None:
    """Codes, words and the hash. A picture that cannot be opened has no code that a person could scan: a remark."""
    limits = opening.budget.limits
    try:
        opening.text("(code)", "\n".join(images.codes(opening.data)), "qr", Layer.QR)
        if limits.picture_hashes:
            _hash(opening)
        if limits.picture_texts:
            _words(opening)
    except ValueError as error:
        if limits.picture_hashes or limits.picture_texts:
            reason = Reason.OVER_SIZE if isinstance(error, images.LargePictureError) else Reason.DAMAGED
            opening.gap(reason, f"picture not looked into: {error}")
        else:
            opening.note(f"picture not looked into: {error}")


def _hash(opening: Opening) -> None:
    found = images.pdq(opening.data)
    if found is not None:
        row = f"{found[0]} {found[1]} {len(opening.data)}".encode()
        path = join(opening.part.path, "(picture)")
        opening.sink.view(View(path, row, "image", frozenset(), HASHER, Layer.RAW, offset=None))


def _words(opening: Opening) -> None:
    if not image_text.may_hold_text(opening.data):
        opening.note("words not read: the picture is small, or shows no strokes")
        return
    if opening.budget.picture():
        opening.text("(words)", "\n".join(image_text.words(opening.data)), "ocr", Layer.IMAGE_TEXT)
        opening.budget.tick()
