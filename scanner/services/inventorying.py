"""Inventories: a store's own list of a bucket becomes requests on the bulk lane; it can be broken off at any row."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from scanner.domain.content import Subject
from scanner.domain.inventories import Fate, InventoryRun
from scanner.domain.requests import Lane, Owed
from scanner.errors import ContentError
from scanner.ports_intake import Files, Notes
from scanner.services.intake import Intake
from scanner.wire.inventory import MANIFEST_BYTES, InventoryRow, Manifest, inventory_rows, read_manifest

PAGE = 1_000  # rows filed between two writes of the cursor
KIND = "inventory"


@dataclass(frozen=True, slots=True)
class Inventorying:
    """Reads inventories. `known` answers whether a version's verdict is still good, so that it costs no scan."""

    files: Files
    notes: Notes
    intake: Intake
    known: Callable[[Subject], bool]

    def run(self, bucket: str, key: str, *, versions: bool = False) -> Iterator[InventoryRun]:
        """The run after every page, from where it was broken off; `versions`: older versions too."""
        where, body = f"s3://{bucket}/{key}", self._manifest(bucket, key)
        manifest = read_manifest(body, where)
        name = "I" + hashlib.sha256(where.encode() + b"\x1f" + body + bytes([versions])).hexdigest()[:11]
        stated = self.notes.note(KIND, name)
        run = InventoryRun.from_text(stated) if stated else InventoryRun(name, where)
        while run.file < len(manifest.files):
            file = manifest.files[run.file]
            rows = inventory_rows(manifest, file, self.files.pieces(bucket, file.key))
            for _ in islice(rows, run.row):
                pass
            while page := list(islice(rows, PAGE)):
                fates = self._file(manifest, page, run, versions=versions)
                run = self._save(replace(run, row=run.row + len(page), counts=run.counted(fates)))
                yield run
            run = self._save(replace(run, file=run.file + 1, row=0))
        run = self._save(replace(run, is_done=True))
        yield run

    def _save(self, run: InventoryRun) -> InventoryRun:
        self.notes.save_note(KIND, run.id, run.to_text())
        return run

    def _manifest(self, bucket: str, key: str) -> bytes:
        held = b""
        for piece in self.files.pieces(bucket, key):
            held += piece
            if len(held) > MANIFEST_BYTES:
                what = f"the manifest is over {MANIFEST_BYTES} bytes"
                raise ContentError(what, where=f"s3://{bucket}/{key}", mend="split the inventory by prefix")
        return held

    def _file(
        self, manifest: Manifest, page: Sequence[InventoryRow], run: InventoryRun, *, versions: bool
    ) -> dict[str, int]:
        fates = [(self._fate(row, manifest, versions=versions), row) for row in page]
        wanted = [row.subject for fate, row in fates if fate is Fate.REQUESTED]
        self.intake.file([self._owed(subject, run) for subject in wanted])
        return Counter(str(fate) for fate, _ in fates)

    def _fate(self, row: InventoryRow, manifest: Manifest, *, versions: bool) -> Fate:
        if row.subject.bucket != manifest.source or not self.intake.serves(row.subject.bucket):
            return Fate.STRANGER
        if row.marker:
            return Fate.MARKER
        if not row.latest and not versions:
            return Fate.OLDER
        return Fate.UNCHANGED if self.known(row.subject) else Fate.REQUESTED

    def _owed(self, subject: Subject, run: InventoryRun) -> Owed:
        account = self.intake.accounts.get(subject.bucket, subject.bucket)
        return Owed(replace(subject, account=account), Lane.BULK, KIND, rescan=run.id)
