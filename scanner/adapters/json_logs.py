"""Structured logs: one JSON object a line. Content never gets in.

Our own errors name files, keys and values, never bytes of an object. Errors of libraries may quote what they choked on,
so of those only the kind and the places in the code are written.
"""

import json
import logging
import sys
from datetime import UTC, datetime
from traceback import extract_tb

from scanner.errors import AupError

LONGEST = 2_000  # characters of one message
FRAMES = 12


class JsonFormatter(logging.Formatter):
    """The formatter."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        shown: dict[str, object] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage()[:LONGEST],
            "process": record.process,
        }
        if record.exc_info and record.exc_info[1] is not None:
            shown["error"] = _error(record.exc_info[1])
        return json.dumps(shown, ensure_ascii=True)


def _error(error: BaseException) -> dict[str, object]:
    places = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno}" for frame in extract_tb(error.__traceback__)]
    told = str(error)[:LONGEST] if isinstance(error, AupError) else ""
    return {"kind": type(error).__name__, "told": told, "places": places[-FRAMES:]}


def set_up_logs(form: str, level: int = logging.INFO) -> None:
    """Log to standard error, as `json` or `text`; for a whole process, once."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if form == "json" else text)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("botocore", "urllib3", "boto3", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
