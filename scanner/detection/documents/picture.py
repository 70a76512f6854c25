"""Pictures: the texts of codes that stand in them, where the extra `[image]` is installed."""

from scanner.detection.images import codes
from scanner.detection.unpack.part import Opening
from scanner.domain.findings import Layer


def read_picture(opening: Opening) -> None:
    """Codes as text. A picture that cannot be opened has none that a person could scan: a remark, no gap."""
    try:
        found = codes(opening.data)
    except ValueError as error:
        opening.note(f"picture not looked into: {error}")
        return
    opening.text("(code)", "\n".join(found), "qr", Layer.QR)
