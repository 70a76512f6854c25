"""Everything that readers import late, imported at once: in the cage no file can be opened any more."""

import importlib

from scanner.detection.unpack import readers


def preload() -> None:
    """Import the readers' optional libraries; what is not installed stays out."""
    for name in readers.LATE_IMPORTS:
        try:
            importlib.import_module(name)
        except ImportError:
            continue
