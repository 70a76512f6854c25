"""A content's sketch: pictures by their perceptual hash, made in the cage, everything else by its words or bytes."""

from dataclasses import dataclass, replace

from scanner.detection.cage.cage import Cage
from scanner.detection.hashes import PDQ_QUALITY
from scanner.detection.images import hashes_pictures, worth_opening
from scanner.detection.sniff import sniff
from scanner.detection.unpack.views import HASHER, View
from scanner.domain.content import Sample
from scanner.domain.limits import Limits
from scanner.domain.similarity import Kind, Sketch
from scanner.text.sketches import sketch_of

SECONDS = 5.0  # for one picture
OWN = "(picture)"  # the path of the content's own hash, not of a picture inside it


@dataclass(frozen=True, slots=True)
class Sketching:
    """Sketches contents when cases open. A cage is started for each picture: those cases are few."""

    limits: Limits
    cage_mode: str

    def sketch(self, data: bytes) -> Sketch | None:
        """What the content is like: a picture that cannot be opened as bytes, None for what is too short."""
        if hashes_pictures() and worth_opening(data, media_type := sniff(data).media_type):
            found = self._picture(Sample("picture", data, media_type))
            if found is not None:
                return found
        return sketch_of(data)

    def _picture(self, sample: Sample) -> Sketch | None:
        """The PDQ hash; None where there is none, or too little in the picture for it to mean anything."""
        limits = replace(self.limits, picture_hashes=True, picture_texts=0, wall_seconds=SECONDS, cpu_seconds=SECONDS)
        told: list[bytes] = []
        cage = Cage(limits, self.cage_mode)

        def take(view: View) -> None:
            if view.reader == HASHER and view.path == OWN:
                told.append(bytes(view.data))

        try:
            cage.unpack(sample, take=take)
        finally:
            cage.close()
        return _sketch(told[0]) if told else None


def _sketch(row: bytes) -> Sketch | None:
    perceptual, quality, _ = row.decode("ascii").split(" ")
    return Sketch(Kind.IMAGE, bytes.fromhex(perceptual)) if int(quality) >= PDQ_QUALITY else None
