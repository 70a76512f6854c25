"""Who is measured: our engine, yara-python, yara-x and the yara command, asked the same rules over the same files."""

import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yara

from scanner.detection.bundle import open_bundle
from scanner.detection.engine.engine import Engine
from scanner.detection.sniff import sniff
from scanner.domain.rules import Rulebook

ROUNDS = 3
SECONDS = 60
Contender = Callable[[Sequence[bytes]], float]
"""Scans all files once; the CPU seconds that took, start-up left out."""


def ours(engine: Engine) -> Contender:
    """The engine of this product, over raw bytes, lanes as the sniff says."""

    def run(files: Sequence[bytes]) -> float:
        lanes = [sniff(data).lanes for data in files]
        start = time.process_time()
        for data, lane in zip(files, lanes, strict=True):
            engine.scan(data, lane, SECONDS)
        return time.process_time() - start

    return run


def yara_python(book: Rulebook) -> Contender:
    """yara-python, all rules at once."""
    rules = yara.compile(sources={file.namespace: file.text for file in book.yara}, includes=False)

    def run(files: Sequence[bytes]) -> float:
        start = time.process_time()
        for data in files:
            rules.match(data=data, timeout=SECONDS)
        return time.process_time() - start

    return run


def yara_x(book: Rulebook) -> Contender | None:
    """yara-x, all rules at once; None where it is not installed or refuses the rules."""
    try:
        import yara_x as engine
    except ImportError:
        print("yara-x: not installed, left out")
        return None
    compiler = engine.Compiler(relaxed_re_syntax=True)
    try:
        for file in book.yara:
            compiler.new_namespace(file.namespace)
            compiler.add_source(file.text)
        scanner = engine.Scanner(compiler.build())
    except engine.CompileError as error:
        print(f"yara-x: refuses the rules, left out: {str(error).splitlines()[0]}")
        return None
    scanner.set_timeout(SECONDS)

    def run(files: Sequence[bytes]) -> float:
        start = time.process_time()
        for data in files:
            scanner.scan(data)
        return time.process_time() - start

    return run


class YaraCommand:
    """The `yara` command over a folder, one thread, rules compiled before; its start over one empty file left out."""

    def __init__(self, book: Rulebook, folder: Path) -> None:
        self._folder, self._rules = folder, folder / "rules.yarc"
        sources = []
        for number, file in enumerate(book.yara):
            path = folder / f"rules{number}.yar"
            path.write_text(file.text, encoding="utf-8")
            sources.append(f"n{number}:{path}")
        subprocess.run(["yarac", "-w", *sources, str(self._rules)], check=True, capture_output=True)

    def __call__(self, files: Sequence[bytes]) -> float:
        listing = self._listed(files)
        empty = self._listed([b""])
        return max(1e-9, self._cpu(listing) - self._cpu(empty))

    def _listed(self, files: Sequence[bytes]) -> Path:
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        paths = []
        for number, data in enumerate(files):
            path = folder / f"{number}"
            path.write_bytes(data)
            paths.append(str(path))
        listing = folder / "list.txt"
        listing.write_text("\n".join(paths) + "\n")
        return listing

    def _cpu(self, listing: Path) -> float:
        command = ["yara", "-w", "-C", "-p", "1", "-a", str(SECONDS), "--scan-list", str(self._rules), str(listing)]
        return child_cpu(command)


def yara_command(book: Rulebook, folder: Path) -> Contender | None:
    """The `yara` command; None where it is not installed (Debian: apt-get install yara)."""
    if shutil.which("yara") is None or shutil.which("yarac") is None:
        print("yara: no such command, left out (Debian: apt-get install yara)")
        return None
    try:
        return YaraCommand(book, folder)
    except subprocess.CalledProcessError as error:
        print(f"yara: its compiler refuses the rules, left out: {error.stderr.decode()[:200]}")
        return None


def child_cpu(command: Sequence[str]) -> float:
    """CPU seconds of a child process, user and system."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=False, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def contenders(book: Rulebook, folder: Path, cache: Path) -> dict[str, Contender]:
    """All that are there, by name."""
    engine = open_bundle(book, 1_000, cache).engine
    found: dict[str, Any] = {
        "ours": ours(engine),
        "yara-python": yara_python(book),
        "yara-x": yara_x(book),
        "yara": yara_command(book, folder),
    }
    return {name: contender for name, contender in found.items() if contender is not None}


def microseconds(who: Mapping[str, Contender], files: Sequence[bytes], rounds: int = ROUNDS) -> dict[str, float]:
    """CPU microseconds a file of each contender: the median of interleaved rounds, after one round to warm up."""
    took: dict[str, list[float]] = {name: [] for name in who}
    for number in range(rounds + 1):
        for name, contender in who.items():
            seconds = contender(files)
            if number:
                took[name].append(seconds / len(files) * 1e6)
    return {name: statistics.median(each) for name, each in took.items()}
