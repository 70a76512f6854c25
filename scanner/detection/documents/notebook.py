"""Jupyter notebooks: the source of all cells as one text, and the outputs that are coded."""

import json
from typing import Any

from scanner.detection.documents.coded import base64_decoded
from scanner.detection.unpack.part import Opening
from scanner.detection.unpack.troubles import TroubleError, damaged
from scanner.domain.coverage import Reason

MOST_BYTES = 32 * 1024 * 1024


def read_notebook(opening: Opening) -> None:
    """Cells and outputs; the notebook as it is was judged already."""
    if len(opening.data) > MOST_BYTES:
        raise TroubleError(Reason.OVER_SIZE, f"notebook over {MOST_BYTES} bytes")
    try:
        book = json.loads(opening.data)
    except (ValueError, RecursionError) as error:
        raise damaged(f"notebook: {type(error).__name__}") from error
    cells = book.get("cells") if isinstance(book, dict) else None
    if cells is None and isinstance(book, dict):
        cells = [
            cell
            for sheet in _list(book.get("worksheets"))
            if isinstance(sheet, dict)
            for cell in _list(sheet.get("cells"))
        ]
    sources = []
    for number, cell in enumerate(_list(cells), 1):
        if isinstance(cell, dict):
            sources.append(_joined(cell.get("source", cell.get("input", ""))))
            _outputs(opening, cell, number)
    source = "\n\n".join(sources).encode("utf-8", "replace")
    if source.strip():
        opening.budget.charge(len(source))
        opening.member("(cells).py", source, "notebook", charset="utf-8")


def _outputs(opening: Opening, cell: dict[str, Any], number: int) -> None:
    bundles = [output.get("data") for output in _list(cell.get("outputs")) if isinstance(output, dict)]
    attachments = cell.get("attachments")
    bundles += list(attachments.values()) if isinstance(attachments, dict) else []
    for bundle in bundles:
        if isinstance(bundle, dict):
            for media, value in bundle.items():
                _output(opening, str(media), _joined(value), number)


def _output(opening: Opening, media: str, text: str, number: int) -> None:
    raw = text.encode("utf-8", "replace")
    if (
        not media.startswith("text/")
        and media.startswith(("image/", "application/pdf", "audio/"))
        and "svg" not in media
    ):
        raw = b"".join(base64_decoded(raw))
    if raw.strip():
        opening.budget.charge(len(raw))
        opening.member(f"(cell {number}, {media[:60]})", raw, "notebook", declared=media)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _joined(value: Any) -> str:
    return "".join(str(one) for one in value) if isinstance(value, list) else value if isinstance(value, str) else ""
