"""`python without_unshare.py COMMAND…`: the command where `unshare` is refused, as Docker's own profile refuses it."""

import ctypes
import os
import platform
import sys

from scanner.detection.cage import seccomp

UNSHARE = {"x86_64": 272, "aarch64": 97}
_FILTER_MODE = 2


def main() -> None:
    """Put the filter up and become the command."""
    steps = [
        seccomp._step(seccomp._LOAD, seccomp._NUMBER),
        seccomp._step(seccomp._EQUAL, UNSHARE[platform.machine()], 0, 1),
        seccomp._step(seccomp._RETURN, seccomp._REFUSE),
        seccomp._step(seccomp._RETURN, seccomp._ALLOW),
    ]
    body = ctypes.create_string_buffer(b"".join(steps))
    told = seccomp._Program(len(steps), ctypes.cast(body, ctypes.c_void_p))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(seccomp.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.prctl(seccomp.PR_SET_SECCOMP, _FILTER_MODE, ctypes.byref(told), 0, 0):
        raise OSError(ctypes.get_errno(), "no filter")
    os.execv(sys.argv[1], sys.argv[1:])


if __name__ == "__main__":
    main()
