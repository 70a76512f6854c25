"""The inert marker that every evasion form hides, and the shape of a form."""

from dataclasses import dataclass

MARKER = b"AUP-INERT-EVASION-MARKER-5d1c0f7e"
# Repeated words pack well, so that the marker never stands as it is inside packed bytes.
PAYLOAD = b"<?php /* " + b"inert test payload, nothing to see. " * 40 + MARKER + b" */ ?>\n" + b"inert tail line. " * 20


@dataclass(frozen=True)
class Form:
    """One hiding place: its family for the table, its name, and the bytes as an object would hold them."""

    family: str
    name: str
    data: bytes
    file_name: str = "object.bin"
    media_type: str = ""
    encoding: str = ""
