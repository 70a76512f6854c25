"""Custody: who took evidence out, and why."""

from dataclasses import dataclass

from scanner.domain.audit import AuditEntry
from scanner.domain.changes import Change, Custody
from scanner.errors import UnknownError, UsageError
from scanner.ports import Casebook, Clock, Register, Vault


@dataclass(frozen=True, slots=True)
class Custodian:
    """Gives sealed bundles out. The audit entry is written before the bytes are handed over."""

    casebook: Casebook
    register: Register
    vault: Vault
    clock: Clock

    def export(self, case_id: str, actor: str, reason: str) -> tuple[Custody, bytes]:
        """A case's sealed bundle, with a custody entry; UsageError without a reason."""
        if not reason.strip():
            raise UsageError(
                "an export needs a reason", where=case_id, mend="name the order, the request or the appeal"
            )
        case = self.casebook.case(case_id)
        if not case.evidence:
            raise UnknownError(
                "the case has no evidence yet", where=case_id, mend="see the audit log: the vault refused"
            )
        row = self.casebook.custody(case.evidence)
        bundle = self.vault.get(row.ref)
        facts = {"case": case_id, "bundle": row.sha256}
        entry = AuditEntry(self.clock.now(), actor, "evidence-exported", row.id, reason, facts)
        self.register.commit(Change(audit=(entry,)))
        return row, bundle
