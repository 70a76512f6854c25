"""What a broken-into parser would try, run in a process behind the cage's walls. Prints one JSON line of outcomes."""

import ctypes
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from scanner.detection.cage import layers

HOLD = 0x5A5A  # stands for a secret in the keeper's environment


def outcome(attempt: Callable[[], object]) -> str:
    try:
        return f"did: {attempt()!r}"[:200]
    except BaseException as error:
        return f"refused: {type(error).__name__}"


def connect() -> object:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", int(sys.argv[1])))


def write_file() -> object:
    with open("/tmp/aup-cage-escape", "wb") as file:
        return file.write(b"x")


def execute_pages() -> object:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_ssize_t
    place = libc.mmap(None, ctypes.c_size_t(4096), 7, 0x22, -1, ctypes.c_ssize_t(0))
    if place in (-1, 0):
        raise PermissionError
    return place


def own_limits() -> object:
    return resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))


def call(number: int, *words: int) -> Callable[[], object]:
    def attempt() -> object:
        libc = ctypes.CDLL(None, use_errno=True)
        found = libc.syscall(number, *words)
        if found == -1:
            raise OSError(ctypes.get_errno(), "refused")
        return found

    return attempt


ATTEMPTS: dict[str, Callable[[], object]] = {
    "read a file": lambda: Path("/etc/passwd").read_bytes()[:9],
    "read its memory map": lambda: Path("/proc/self/maps").read_bytes()[:9],
    "read the keeper's environment": lambda: Path(f"/proc/{os.getppid()}/environ").read_bytes()[:9],
    "write a file": write_file,
    "list a folder": lambda: os.listdir("/"),
    "remove a file": lambda: os.unlink("/tmp/aup-cage-target"),
    "make a socket": socket.socket,
    "connect": connect,
    "make a unix socket": lambda: socket.socket(socket.AF_UNIX),
    "fork": os.fork,
    "start a program": lambda: subprocess.run(["/bin/true"], check=True),
    "exec": lambda: os.execv("/bin/true", ["/bin/true"]),
    "start a thread": lambda: threading.Thread(target=print).start(),
    "kill the keeper": lambda: os.kill(os.getppid(), signal.SIGTERM),
    "signal the keeper's thread": call(234, os.getppid(), os.getppid(), 0),
    "trace the keeper": call(101, 16, os.getppid(), 0, 0),
    "read the keeper's memory": call(310, os.getppid(), 0, 0, 0, 0, 0),
    "map executable memory": execute_pages,
    "raise its own limits": own_limits,
    "open by io_uring": call(425, 8, 0),
    "load a module": lambda: __import__("xmlrpc.client"),
    "become root again": lambda: os.setuid(0),
    "mount": call(165, 0, 0, 0, 0, 0),
    "take 4 GiB": lambda: len(bytearray(4 << 30)),
}


def main() -> None:
    standing = layers.put_up(256 * 1024 * 1024)
    found = {name: outcome(attempt) for name, attempt in ATTEMPTS.items()}
    line = json.dumps({"layers": standing, "environment": sorted(os.environ), "outcomes": found})
    os.write(1, line.encode())
    os._exit(0)
