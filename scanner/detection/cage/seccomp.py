"""A seccomp filter that lets a parser compute, and read and write what is open already; all else is refused."""

import ctypes
import os
import platform
import struct

_NAMES = (
    "read write close fstat poll lseek mmap mprotect munmap brk rt_sigaction rt_sigprocmask rt_sigreturn pread64 "
    "writev sched_yield mremap madvise mincore nanosleep getpid exit gettimeofday getrusage sysinfo times sigaltstack "
    "gettid futex sched_getaffinity restart_syscall clock_gettime clock_getres clock_nanosleep exit_group tgkill "
    "set_robust_list prlimit64 getrandom membarrier rseq"
)
_X86 = (
    "0 1 3 5 7 8 9 10 11 12 13 14 15 17 20 24 25 28 27 35 39 60 96 98 99 100 131 186 202 204 219 228 229 230 231 234 "
    "273 302 318 324 334"
)
_ARM = (
    "63 64 57 80 73 62 222 226 215 214 134 135 139 67 66 124 216 233 232 101 172 93 169 165 179 153 132 178 98 123 128 "
    "113 114 115 94 131 99 261 278 283 293"
)
_MACHINES = {"x86_64": (0xC000003E, _X86), "aarch64": (0xC00000B7, _ARM)}

_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001  # refuse: the call fails with EPERM
_NUMBER, _ARCH, _FIRST, _THIRD = 0, 4, 16, 32  # offsets in struct seccomp_data; arguments as low words
_EXECUTABLE = 4

PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 4, 22, 38


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _guarded(number: int, offset: int, test: int, value: int, *, allow_if: bool) -> list[bytes]:
    """Allow call `number` only if the argument at `offset` passes; leaves the call's number loaded if it is another."""
    yes, no = (_ALLOW, _REFUSE) if allow_if else (_REFUSE, _ALLOW)
    return [
        _step(_EQUAL, number, 0, 4),
        _step(_LOAD, offset),
        _step(test, value, 0, 1),
        _step(_RETURN, yes),
        _step(_RETURN, no),
    ]


def program() -> bytes | None:
    """The filter for this process on this machine, or None on a machine whose call numbers are not known here."""
    known = _MACHINES.get(platform.machine())
    if known is None:
        return None
    arch, numbers = known
    calls = dict(zip(_NAMES.split(), map(int, numbers.split()), strict=True))
    steps = [_step(_LOAD, _ARCH), _step(_EQUAL, arch, 1, 0), _step(_RETURN, _REFUSE), _step(_LOAD, _NUMBER)]
    for name in ("mmap", "mprotect"):
        steps += _guarded(calls.pop(name), _THIRD, _ANY_BIT, _EXECUTABLE, allow_if=False)
    steps += _guarded(calls.pop("tgkill"), _FIRST, _EQUAL, os.getpid(), allow_if=True)
    steps += _guarded(calls.pop("prlimit64"), _FIRST, _EQUAL, 0, allow_if=True)
    for number in calls.values():
        steps += [_step(_EQUAL, number, 0, 1), _step(_RETURN, _ALLOW)]
    return b"".join([*steps, _step(_RETURN, _REFUSE)])


def install() -> bool:
    """Put the filter on this thread and all that it starts; False where the kernel or machine does not take it."""
    steps = program()
    if steps is None:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    held = ctypes.create_string_buffer(steps, len(steps))
    filter_ = _Program(len(steps) // 8, ctypes.cast(held, ctypes.c_void_p).value)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        return False
    return not libc.prctl(PR_SET_SECCOMP, 2, ctypes.byref(filter_), 0, 0)
