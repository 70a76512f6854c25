"""How readers say that something could not be read."""

from scanner.domain.coverage import Reason


class TroubleError(Exception):
    """One part could not be read, or not to its end: `reason` becomes the gap's, `detail` its words."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        self.reason, self.detail = reason, detail
        super().__init__(f"{reason.value}: {detail}")


class SpentError(TroubleError):
    """A bound of the whole content is reached: nothing more is unpacked."""


def damaged(detail: str) -> TroubleError:
    """The part's own structure does not hold."""
    return TroubleError(Reason.DAMAGED, detail)


def unsupported(detail: str) -> TroubleError:
    """No reader for this format or method here."""
    return TroubleError(Reason.UNSUPPORTED_FORMAT, detail)


def locked(detail: str) -> TroubleError:
    """No password opens the part."""
    return TroubleError(Reason.ENCRYPTED, detail)
