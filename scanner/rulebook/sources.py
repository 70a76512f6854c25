"""The texts of a rules folder, bounded, and never through a link that leads out of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from scanner.rulebook.problems import Place, Problem, problem
from scanner.rulebook.yamlfile import MAX_BYTES

SUFFIXES = (".yaml", ".yar", ".yara", ".json", ".toml", ".txt")
MAX_FILES = 20_000


@dataclass(frozen=True, slots=True)
class Sources:
    """The texts of a folder by path (with `prefix` in front), and what could not be read."""

    root: Path
    texts: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    prefix: str = ""

    def under(self, folder: str, *suffixes: str) -> list[str]:
        """The paths in that folder with one of the suffixes, in order."""
        start = f"{self.prefix}{folder}/"
        return sorted(path for path in self.texts if path.startswith(start) and path.endswith(suffixes))


def read_sources(root: Path, prefix: str = "") -> Sources:
    """Every rule, pack, list and weights file below the folder."""
    if not root.is_dir():
        absent = problem(prefix + str(root), Place(), "", "there is no such folder", "correct the path")
        return Sources(root, problems=(absent,), prefix=prefix)
    texts: dict[str, str] = {}
    problems: list[Problem] = []
    for file in source_files(root):
        name = prefix + file.relative_to(root).as_posix()
        if len(texts) >= MAX_FILES:
            problems.append(problem(name, Place(), "", f"over {MAX_FILES} files", "split the folder"))
            break
        try:
            texts[name] = _bounded(file, root)
        except (OSError, ValueError) as error:
            problems.append(problem(name, Place(), "", f"cannot be read: {error}", "store it as UTF-8 text here"))
    return Sources(root, texts, tuple(problems), prefix)


def source_files(root: Path) -> list[Path]:
    """The files that make up a rules folder, in order."""
    return sorted(
        file
        for file in root.rglob("*")
        if file.suffix in SUFFIXES and not file.name.startswith(".") and (file.is_file() or file.is_symlink())
    )


def _bounded(file: Path, root: Path) -> str:
    if not file.resolve().is_relative_to(root.resolve()):
        raise ValueError("it is a link out of the rules folder")
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"it is over {MAX_BYTES} bytes")
    return file.read_text(encoding="utf-8")
