"""Custody: who took evidence out, and why."""

from dataclasses import dataclass

from scanner.domain.audit import AuditEntry
from scanner.domain.changes import Change, Custody
from scanner.domain.messages import (
    NAME_REASON,
    NO_EVIDENCE,
    REASON_TO_VIEW,
    SEE_AUDIT,
)
from scanner.errors import UnknownError, UsageError
from scanner.ports import Casebook, Clock, Register, Sealer, Vault


@dataclass(frozen=True, slots=True)
class Custodian:
    """Gives sealed bundles out. The audit entry is written before the bytes are handed over."""

    casebook: Casebook
    register: Register
    vault: Vault
    clock: Clock
    sealer: Sealer

    def view(self, case_id: str, actor: str, reason: str) -> bytes:
        """A case's kept content, opened for a person who says why; the custody entry is written before.

        TaintedError if the bundle was changed, VaultError once its key was destroyed.
        """
        _, bundle = self._out(case_id, actor, reason, "evidence-viewed")
        _, content = self.sealer.open(bundle)
        return content

    def export(self, case_id: str, actor: str, reason: str) -> tuple[Custody, bytes]:
        """A case's sealed bundle, with a custody entry; UsageError without a reason."""
        return self._out(case_id, actor, reason, "evidence-exported")

    def _out(self, case_id: str, actor: str, reason: str, verb: str) -> tuple[Custody, bytes]:
        if not reason.strip():
            raise UsageError(REASON_TO_VIEW(), where=case_id, mend=NAME_REASON())
        case = self.casebook.case(case_id)
        if not case.evidence:
            raise UnknownError(NO_EVIDENCE(), where=case_id, mend=SEE_AUDIT())
        row = self.casebook.custody(case.evidence)
        bundle = self.vault.get(row.ref)
        facts = {"case": case_id, "bundle": row.sha256}
        entry = AuditEntry(self.clock.now(), actor, verb, row.id, reason, facts)
        self.register.commit(Change(audit=(entry,)))
        return row, bundle
