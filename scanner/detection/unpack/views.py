"""What unpacking gives: the views to be judged, the names seen, and an honest list of what was not read."""

from dataclasses import dataclass

from scanner.domain.coverage import Gap
from scanner.domain.findings import Layer

JOINT = "!"
HASHER = "perceptual-hash"  # the reader of views that hold a picture's hash and its quality: no bytes to be judged


@dataclass(frozen=True, slots=True)
class View:
    """Bytes to be judged.

    `path` is "" for the content itself and leads through containers otherwise (`a.zip!b.php`); a name in round
    brackets is ours (`(after the end)`). `lanes` are all families that magic, extension, declared type or embedded
    markers suggest. `reader` says what produced the bytes. `layer` is RAW for bytes, TEXT for document text that was
    already extracted (UTF-8), URL/QR/IMAGE_TEXT for others. `charset` is the declared one, if any. `offset` is where
    the bytes lie in the parent's bytes if they are a plain slice of them, else None.
    """

    path: str
    data: bytes
    family: str
    lanes: frozenset[str]
    reader: str = "raw"
    layer: Layer = Layer.RAW
    charset: str = ""
    offset: int | None = 0


@dataclass(frozen=True, slots=True)
class Unpacked:
    """All views of one content, in a stable order. `names` are member names, to be scanned as Layer.MEMBER.

    `notes` are remarks for the verdict; those that start with `disagreement:` tell of readers that see different
    things in the same bytes. `produced` counts bytes that came out of unpacking. `not_judged` are declared limits.
    """

    views: tuple[View, ...]
    names: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    notes: tuple[str, ...] = ()
    member_count: int = 0
    produced: int = 0
    not_judged: tuple[str, ...] = ()


def join(parent: str, name: str) -> str:
    """The path of a member called `name` inside what lies at `parent`."""
    return f"{parent}{JOINT}{name}" if parent else name


def charset_of(declared: str) -> str:
    """The charset parameter of a Content-Type."""
    for piece in declared.split(";")[1:]:
        key, _, value = piece.partition("=")
        if key.strip().lower() == "charset":
            return value.strip().strip("\"'").lower()[:40]
    return ""
