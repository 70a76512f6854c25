"""Delivering messages to customers: by signed webhook, by e-mail, or into a folder that the operator reads."""

import http.client
import json
import smtplib
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP

from scanner.adapters.control_plane import signed_post
from scanner.errors import EnforcementError, VaultError
from scanner.ports import Vault
from scanner.ports_enforcement import Post, Postman

MEND = "it is tried again; see the notice's last outcome"


@dataclass(frozen=True, slots=True)
class WebhookPostman:
    """POSTs the document; any 2xx means taken. The notice's id is the idempotency key."""

    url: str
    secret: str
    timeout: float = 10.0

    def deliver(self, post: Post) -> str:
        """What the receiver answered; EnforcementError if it did not take it."""
        try:
            status, _ = signed_post(self.url, self.secret, post.document, key=post.id, timeout=self.timeout)
        except (OSError, http.client.HTTPException) as error:
            raise EnforcementError(f"no answer: {type(error).__name__}", where=post.id, mend=MEND) from error
        if not 200 <= status < 300:
            raise EnforcementError(f"not taken: status {status}", where=post.id, mend=MEND)
        return f"webhook {status}"


@dataclass(frozen=True, slots=True)
class MailPostman:
    """Sends e-mail through a relay to accounts whose address is known; others are no error."""

    relay: str
    sender: str
    addresses: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 20.0

    def deliver(self, post: Post) -> str:
        """Hand the message to the relay; EnforcementError if it refuses."""
        address = self.addresses.get(post.account, "")
        if not address:
            return "no address"
        host, _, port = self.relay.partition(":")
        try:
            with smtplib.SMTP(host, int(port or 25), timeout=self.timeout) as relay:
                relay.send_message(self._message(post, address))
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise EnforcementError(f"mail not taken: {type(error).__name__}", where=post.id, mend=MEND) from error
        return "mail handed over"

    def _message(self, post: Post, address: str) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"], message["Subject"] = self.sender, address, post.subject
        message["Message-ID"] = f"<{post.id}@aup-scanner>"
        message.set_content(post.text)
        statement = json.dumps(json.loads(post.document), ensure_ascii=False, indent=1).encode("utf-8", "replace")
        message.add_attachment(statement, maintype="application", subtype="json", filename=f"{post.id}.json")
        return message


@dataclass(frozen=True, slots=True)
class FolderPostman:
    """Puts the document into a write-once folder: the default of a machine without a receiver."""

    folder: Vault

    def deliver(self, post: Post) -> str:
        """Keep the document under the notice's id."""
        try:
            self.folder.put(f"{post.id}.json", post.document)
        except VaultError as error:
            raise EnforcementError(f"not kept: {error.what}", where=post.id, mend=MEND) from error
        return "kept in the notices folder"


@dataclass(frozen=True, slots=True)
class Postmen:
    """Several ways at once: taken only when each has taken it; each may see the same message again."""

    ways: tuple[Postman, ...]

    def deliver(self, post: Post) -> str:
        """What each said."""
        return "; ".join(way.deliver(post) for way in self.ways)
