"""The files that detection is measured over: a mix of small objects, sizes from 1 KB to 50 MB, and kinds of file."""

import json
import os
import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from scanner.detection.engine.ordinary import TEXT

SEED = 11
MIX = 1_500
MIX_MOST = 64 * 1024
OF_A_KIND = 60
KIND_MOST = 4 * 1024 * 1024
SIZES = {"1 KB": 1_000, "10 KB": 10_000, "100 KB": 100_000, "1 MB": 1_000_000, "50 MB": 50_000_000}
KINDS = {
    "native": ("", ".so"),
    "pdf": (".pdf",),
    "image": (".png", ".jpg", ".gif", ".svg", ".ico"),
    "archive": (".gz", ".zip", ".whl", ".xz", ".deb", ".jar"),
    "page": (".html", ".htm", ".xml"),
    "python": (".py",),
    "javascript": (".js", ".css"),
    "text": (".txt", ".md", ".rst", ".po"),
}
PLACES = {"native": ("/usr/bin", "/usr/sbin", "/usr/lib/x86_64-linux-gnu")}
SHARED = ("/usr/share", "/usr/lib", str(Path(__file__).parents[1] / ".venv"))


def corpus() -> Path | None:
    """The built file corpus, or None: the sections that need it say so."""
    named = os.environ.get("AUP_CORPUS", "")
    return Path(named) if named and Path(named, "manifest.jsonl").exists() else None


def labelled(label: str) -> list[Path]:
    """The corpus's files with that label, in a stable order."""
    root = corpus()
    if root is None:
        return []
    rows = [json.loads(line) for line in (root / "manifest.jsonl").read_text().splitlines()]
    return sorted(root / row["path"] for row in rows if row["label"] == label)


def webshells() -> list[Path]:
    """The corpus's webshells."""
    root = corpus()
    if root is None:
        return []
    rows = [json.loads(line) for line in (root / "manifest.jsonl").read_text().splitlines()]
    return sorted(root / row["path"] for row in rows if row["cat"] == "webshell")


def mix() -> list[bytes]:
    """Small objects as people store them: harmless web files, one in twenty a malicious one."""
    dice = random.Random(SEED)
    good, bad = labelled("benign"), labelled("malicious")
    chosen = [*_some(good, MIX * 19 // 20, dice), *_some(bad, MIX // 20, dice)] or _shared(dice)
    found = [body for path in chosen if 0 < len(body := path.read_bytes()) <= MIX_MOST]
    dice.shuffle(found)
    return found


def sized() -> Iterator[tuple[str, list[bytes]]]:
    """Pieces of ordinary web text of each size."""
    dice = random.Random(SEED)
    chosen = _some(labelled("benign"), 3_000, dice)
    pool = b"\n".join(path.read_bytes() for path in chosen) or TEXT * 100
    for name, size in SIZES.items():
        whole = pool * (size // len(pool) + 1)
        count = max(1, min(200, 2_000_000 // size))
        starts = [dice.randrange(max(1, len(whole) - size)) for _ in range(count)]
        yield name, [whole[start : start + size] for start in starts]


def kinds() -> Iterator[tuple[str, list[bytes]]]:
    """Files of each kind, from this machine and the corpus."""
    dice = random.Random(SEED)
    if shells := webshells():
        yield "webshells", [path.read_bytes() for path in _some(shells, 3 * OF_A_KIND, dice)]
    for kind, endings in KINDS.items():
        found = [path for path in _regular(PLACES.get(kind, SHARED)) if path.suffix in endings]
        bodies = [path.read_bytes() for path in _some(found, OF_A_KIND, dice)]
        if bodies:
            yield kind, bodies


def _regular(folders: Iterable[str]) -> list[Path]:
    found = []
    for folder in folders:
        for path in Path(folder).rglob("*"):
            if path.is_file() and not path.is_symlink() and 0 < path.stat().st_size <= KIND_MOST:
                found.append(path)
    return sorted(found)


def _shared(dice: random.Random) -> list[Path]:
    return _some([path for path in _regular(("/usr/share",)) if path.stat().st_size < MIX_MOST], MIX, dice)


def _some(paths: list[Path], count: int, dice: random.Random) -> list[Path]:
    return dice.sample(paths, min(count, len(paths)))
