"""The walls of the cage, each put up where the kernel offers it, and named where it does not."""

import ctypes
import os
import resource
import struct

from scanner.detection.cage import seccomp

NAMESPACES = {"user-namespace": 0x10000000, "network-namespace": 0x40000000, "ipc-namespace": 0x08000000}
ALL_LAYERS = (*NAMESPACES, "landlock", "seccomp", "rlimits", "empty-environment")

_LANDLOCK_CREATE, _LANDLOCK_RESTRICT, _VERSION_FLAG = 444, 446, 1
_FS_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # ABI version → how many file rights it knows
_UNSHARE_ALL = sum(NAMESPACES.values())


def put_up(memory_bytes: int) -> tuple[str, ...]:
    """Put up every wall this kernel allows around the calling process; returns the names of those that stand."""
    libc = ctypes.CDLL(None, use_errno=True)
    standing = list(_unshare(libc))
    libc.prctl(seccomp.PR_SET_DUMPABLE, 0, 0, 0, 0)
    libc.prctl(seccomp.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if _bound_resources(memory_bytes):
        standing.append("rlimits")
    if set(os.environ) <= {"LC_CTYPE"}:  # Python puts that one there itself
        standing.append("empty-environment")
    if _landlock(libc):
        standing.append("landlock")
    if seccomp.install():
        standing.append("seccomp")
    return tuple(name for name in ALL_LAYERS if name in standing)


def _unshare(libc: ctypes.CDLL) -> tuple[str, ...]:
    if libc.unshare(_UNSHARE_ALL) == 0:
        return tuple(NAMESPACES)
    return tuple(name for name, flag in NAMESPACES.items() if libc.unshare(flag) == 0)


def _bound_resources(memory_bytes: int) -> bool:
    """Memory above what is in use now, no files, no children, no core dumps. CPU is bounded for each content."""
    with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - one read, before the walls stand
        now = int(statm.read().split()[0]) * resource.getpagesize()
    bounds = {
        resource.RLIMIT_AS: now + memory_bytes,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 16,
    }
    for which, most in bounds.items():
        resource.setrlimit(which, (most, most))
    return True


def bound_cpu(seconds: float) -> None:
    """Let this process use `seconds` more CPU before the kernel stops it."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 2
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.getrlimit(resource.RLIMIT_CPU)[1]))


def _landlock(libc: ctypes.CDLL) -> bool:
    """Take away every file, TCP and signalling right: no rule grants any."""
    version = libc.syscall(_LANDLOCK_CREATE, None, 0, _VERSION_FLAG)
    if version < 1:
        return False
    files = (1 << _FS_RIGHTS.get(version, 16)) - 1
    rights = struct.pack("=QQQ", files, 3 if version >= 4 else 0, 3 if version >= 6 else 0)
    length = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = libc.syscall(_LANDLOCK_CREATE, rights, length, 0)
    if ruleset < 0:
        return False
    done = not libc.syscall(_LANDLOCK_RESTRICT, ruleset, 0)
    os.close(ruleset)
    return done
