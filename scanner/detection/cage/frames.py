"""Frames on the pipe between the cage and its keeper: one kind byte, two lengths, JSON words, raw bytes. No pickles."""

import json
import struct
from collections.abc import Callable
from typing import Any

HEAD = struct.Struct(">cIQ")
MOST_WORDS = 16 * 1024 * 1024  # bytes of JSON in one frame

ASK, VIEW, NAME, GAP, NOTE, FORGIVE, DONE, READY = b"Q", b"V", b"N", b"G", b"T", b"F", b"D", b"R"
TEXTS, HASHES = "texts", "hashes"  # what a child is told at its start to look for in pictures


class FrameError(Exception):
    """The other side sent something that is no frame."""


def packed(kind: bytes, words: Any, raw_length: int = 0) -> bytes:
    """The head and words of a frame; its raw bytes are to follow."""
    text = json.dumps(words, separators=(",", ":")).encode()
    return HEAD.pack(kind, len(text), raw_length) + text


def received(read_exactly: Callable[[int], bytes], most_raw: int) -> tuple[bytes, Any, bytes]:
    """One frame by way of `read_exactly`; FrameError if it is none or holds more than `most_raw` bytes."""
    kind, text_length, raw_length = HEAD.unpack(read_exactly(HEAD.size))
    if text_length > MOST_WORDS or raw_length > most_raw:
        raise FrameError(f"frame of {text_length} + {raw_length} bytes")
    try:
        words = json.loads(read_exactly(text_length))
    except (ValueError, RecursionError) as error:
        raise FrameError(f"words are no JSON: {error}") from error
    return kind, words, read_exactly(raw_length)
