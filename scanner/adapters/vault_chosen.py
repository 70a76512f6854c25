"""The vault in force: Object Lock where the store was shown to keep it, else the append-only folder."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from scanner.adapters.vault import DirectoryVault
from scanner.adapters.vault_s3 import LockedVault
from scanner.domain.enforcement.abilities import Abilities
from scanner.errors import EnforcementError, VaultAwayError


@dataclass(frozen=True, slots=True)
class ChosenVault:
    """It is the Vault and the Keeping of the ports. The probe decides where a bundle goes; no `locked`: the folder.

    A reference says by itself where its bundle lies (those under a lock have a `?`), so bundles put before the choice
    changed are still found.
    """

    folder: DirectoryVault
    locked: LockedVault | None
    abilities: Callable[[], Abilities]

    def put(self, name: str, body: bytes) -> str:
        """Write a bundle once; VaultError if the store cannot be asked what it keeps: no folder stands in silently."""
        return self._place().put(name, body)

    def get(self, ref: str) -> bytes:
        """The bundle's bytes from where it was put."""
        return self._of(ref).get(ref) if "?" in ref else self.folder.get(ref)

    def hold(self, ref: str, *, on: bool) -> bool:
        """A legal hold of the store itself, on or off; False where the bundle lies in the folder: our record holds."""
        if "?" in ref:
            self._of(ref).hold(ref, on=on)
        return "?" in ref

    def extend(self, ref: str, until: datetime) -> bool:
        """Lock a bundle for longer; False where it lies in the folder. A lock that lasts longer already is left."""
        if "?" not in ref:
            return False
        if self._of(ref).locked_until(ref) < until:
            self._of(ref).extend(ref, until)
        return True

    def place(self) -> str:
        """Where new bundles go, for people."""
        chosen = self._place()
        return f"s3://{chosen.bucket}" if isinstance(chosen, LockedVault) else str(chosen.folder)

    def _place(self) -> DirectoryVault | LockedVault:
        if self.locked is None:
            return self.folder
        try:
            return self.locked if self.abilities().vault_is_worm else self.folder
        except EnforcementError as error:
            raise VaultAwayError(error.what, where=error.where, mend=error.mend) from error

    def _of(self, ref: str) -> LockedVault:
        if self.locked is None:
            raise VaultAwayError("lies under Object Lock", where=ref, mend="name its bucket in vault_bucket again")
        return self.locked
