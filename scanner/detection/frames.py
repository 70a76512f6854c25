"""Frames between a killable scanner and its keeper: a length, a JSON head, then bytes."""

import json
import os
import select
import struct
import time
from typing import Any

_LENGTHS = struct.Struct("<QQ")
LONGEST_HEAD = 64 << 20
PIECE = 1 << 20
_ENCODER = json.JSONEncoder(separators=(",", ":"), check_circular=False)


class ClosedError(Exception):
    """The other side is gone."""


def write(pipe: int, head: Any, data: bytes = b"") -> None:
    """Send one frame; waits as long as the other side does not read."""
    write_text(pipe, text_of(head), data)


def text_of(head: Any) -> bytes:
    """A head as it travels."""
    return _ENCODER.encode(head).encode()


def write_text(pipe: int, text: bytes, data: bytes = b"") -> None:
    """Send one frame whose head is text already; waits as long as the other side does not read."""
    parts = [memoryview(_LENGTHS.pack(len(text), len(data)) + text)] + ([memoryview(data)] if data else [])
    for part in parts:
        while part:
            try:
                part = part[os.write(pipe, part) :]
            except BrokenPipeError as error:
                raise ClosedError from error


def read(pipe: int) -> tuple[Any, bytes]:
    """The next frame; ClosedError at the end."""
    head, size = _LENGTHS.unpack(_exactly(pipe, _LENGTHS.size))
    if head > LONGEST_HEAD:
        raise ClosedError
    return json.loads(_exactly(pipe, head)), _exactly(pipe, size)


def _exactly(pipe: int, size: int) -> bytes:
    whole = bytearray()
    while len(whole) < size:
        body = os.read(pipe, min(PIECE, size - len(whole)))
        if not body:
            raise ClosedError
        whole += body
    return bytes(whole)


class Inbox:
    """Frames that come in over a pipe, read without waiting for a whole one."""

    def __init__(self, pipe: int) -> None:
        self.pipe = pipe
        self._buffer = bytearray()

    def take(self) -> list[Any]:
        """The heads of all whole frames that are there; ClosedError at the end."""
        body = os.read(self.pipe, PIECE)
        if not body:
            raise ClosedError
        self._buffer += body
        heads, place = [], 0
        while len(self._buffer) - place >= _LENGTHS.size:
            head, size = _LENGTHS.unpack_from(self._buffer, place)
            if head > LONGEST_HEAD or size:
                raise ClosedError
            end = place + _LENGTHS.size + head
            if len(self._buffer) < end:
                break
            heads.append(json.loads(self._buffer[place + _LENGTHS.size : end]))
            place = end
        del self._buffer[:place]
        return heads


def write_within(pipe: int, head: Any, data: bytes, until: float) -> bool:
    """Send one frame over a pipe that does not block; False where the other side does not read in time.

    ClosedError where it is gone.
    """
    text = text_of(head)
    for part in (memoryview(_LENGTHS.pack(len(text), len(data)) + text), memoryview(data)):
        while part:
            left = until - time.monotonic()
            if left <= 0 or not select.select([], [pipe], [], left)[1]:
                return False
            try:
                part = part[os.write(pipe, part) :]
            except BlockingIOError:
                continue  # the pipe is full again: wait for it
            except BrokenPipeError as error:
                raise ClosedError from error
    return True
