"""Published rulebooks: each version a folder named by its content, one link that says which is in force.

    STORE/versions/<digest>/{rules,overlay,manifest.json}
    STORE/current -> versions/<digest>
    STORE/history.jsonl            one line a switch

Workers read STORE/current/rules and STORE/current/overlay; a switch is one rename, so no reader ever sees half of it.
"""

import fcntl
import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from scanner.domain.rules import Rulebook, digest_of
from scanner.errors import RuleError
from scanner.rulebook.load import load_rulebook
from scanner.rulebook.sources import source_files

KEPT = 10  # versions kept besides the current one


@dataclass(frozen=True, slots=True)
class Version:
    """One published version. `digest` covers every file, `rulebook` what judges."""

    digest: str
    rulebook: str
    rules: int
    published: str
    publisher: str
    note: str = ""
    current: bool = False


@dataclass(frozen=True, slots=True)
class Store:
    """A folder of published rulebooks."""

    root: Path

    @property
    def current(self) -> Path:
        """The link to the version in force."""
        return self.root / "current"

    def versions(self) -> list[Version]:
        """What is there, newest first."""
        in_force = self.current.resolve().name if self.current.exists() else ""
        found = []
        for manifest in (self.root / "versions").glob("*/manifest.json"):
            row = json.loads(manifest.read_text(encoding="utf-8"))
            found.append(Version(**{**row, "current": row["digest"] == in_force}))
        return sorted(found, key=lambda each: each.published, reverse=True)

    def book(self) -> Rulebook | None:
        """The rulebook in force, or None before the first publication."""
        return load_rulebook(self.current / "rules", self.current / "overlay") if self.current.exists() else None

    def publish(self, rules: Path, overlay: Path | None, book: Rulebook, who: str, now: datetime, note: str) -> Version:
        """Copy the folders under their digest, read the copy back, and switch to it."""
        with self._alone():
            digest = digest_of(_parts(rules, overlay).items())
            version = Version(digest, book.digest, len(book.rules), now.isoformat(timespec="seconds"), who, note)
            target = self.root / "versions" / digest
            if not target.exists():
                self._copy(rules, overlay, version, target)
            if load_rulebook(target / "rules", target / "overlay").digest != book.digest:
                raise RuleError("the files changed since they were checked", where=str(rules), mend="publish again")
            self._switch(digest, version.published, who)
            self._prune()
            return version

    def roll_back(self, who: str, now: datetime, digest: str = "") -> Version:
        """Switch to the version before the current one, or to the one named by the beginning of its digest."""
        known = {each.digest: each for each in self.versions()}
        wanted = [key for key in known if digest and key.startswith(digest)] or ([] if digest else self._before())
        if len(wanted) != 1:
            what = f"{digest!r} names {len(wanted)} versions" if digest else "there is no version before this one"
            raise RuleError(what, where=str(self.root), mend="see `aup rules versions`")
        load_rulebook(self.root / "versions" / wanted[0] / "rules", self.root / "versions" / wanted[0] / "overlay")
        with self._alone():
            self._switch(wanted[0], now.isoformat(timespec="seconds"), who)
        return known[wanted[0]]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One switch at a time, whoever publishes; the lock goes with its process."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _copy(self, rules: Path, overlay: Path | None, version: Version, target: Path) -> None:
        fresh = target.with_name(f".{version.digest}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        for name, folder in (("rules", rules), ("overlay", overlay)):
            (fresh / name).mkdir(parents=True)
            for file in source_files(folder) if folder else []:
                copy = fresh / name / file.relative_to(folder or rules)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, copy)
        if digest_of(_parts(fresh / "rules", fresh / "overlay").items()) != version.digest:
            shutil.rmtree(fresh)
            raise RuleError("the files changed while they were copied", where=str(rules), mend="publish again")
        manifest = {key: value for key, value in asdict(version).items() if key != "current"}
        (fresh / "manifest.json").write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
        fresh.rename(target)

    def _switch(self, digest: str, when: str, who: str) -> None:
        link = self.root / ".current.new"
        link.unlink(missing_ok=True)
        link.symlink_to(Path("versions") / digest)
        link.replace(self.current)  # one rename: readers see the old version or the new one
        file = self.root / "history.jsonl"
        is_cut = file.exists() and not file.read_bytes().endswith(b"\n")  # by a full disk
        with file.open("a", encoding="utf-8") as history:
            row = json.dumps({"digest": digest, "when": when, "who": who}, ensure_ascii=False)
            history.write(("\n" if is_cut else "") + row + "\n")

    def _history(self) -> list[str]:
        """The digests in the order of their switches; a line that was cut off says nothing."""
        file, found = self.root / "history.jsonl", list[str]()
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else ():
            with suppress(ValueError, TypeError, KeyError):
                found.append(str(json.loads(line)["digest"]))
        return found

    def _before(self) -> list[str]:
        """The version that was in force before the current one, if it is still kept."""
        current = self.current.resolve().name
        for digest in reversed(self._history()):
            if digest != current and (self.root / "versions" / digest).exists():
                return [digest]
        return []

    def _prune(self) -> None:
        for old in [each for each in self.versions() if not each.current][KEPT:]:
            shutil.rmtree(self.root / "versions" / old.digest)


def _parts(rules: Path, overlay: Path | None) -> Mapping[str, bytes]:
    found: dict[str, bytes] = {}
    for name, folder in (("rules", rules), ("overlay", overlay)):
        for file in source_files(folder) if folder else []:
            found[f"{name}/{file.relative_to(folder or rules).as_posix()}"] = file.read_bytes()
    return found
