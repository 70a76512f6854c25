"""Telling: what the audit log says is told to receivers by signed webhooks, until each has taken it.

The audit log is the outbox: a step and its entry are one transaction, so nothing that happened can be left untold, and
a receiver that was down gets everything in order of its number once it is back (each message bears it).
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scanner.domain.audit import AuditEntry, Chained
from scanner.domain.canonical import canonical, parse_canonical
from scanner.domain.webhooks import Delivery, Webhook, checked_events, checked_url, refused, replayed, taken, tried
from scanner.errors import ConflictError, EnforcementError, UnknownError
from scanner.ports import Clock, Register
from scanner.ports_enforcement import Post, Postman
from scanner.ports_reports import Webhooks

PIECE = 500  # audit entries looked at in one transaction


@dataclass(frozen=True, slots=True)
class Telling:
    """Keeps webhooks and delivers. `postman` makes a receiver's sender; `secret` gives what signs its messages."""

    webhooks: Webhooks
    register: Register
    clock: Clock
    postman: Callable[[str, str], Postman]
    secret: Callable[[Webhook], str]

    def add(self, url: str, events: Iterable[str], by: str) -> Webhook:
        """A new receiver, told of what happens from now on; UsageError for a bad address or event."""
        now, head = self.clock.now(), self.webhooks.head()
        hook = Webhook(f"W{secrets.token_hex(8)}", checked_url(url), checked_events(events), now, by, head)
        entry = AuditEntry(now, by, "webhook-added", hook.id, "asked", {"url": url, "events": " ".join(hook.events)})
        self.webhooks.put(hook, (), [entry])
        return hook

    def switch(self, webhook_id: str, by: str, *, is_on: bool) -> Webhook:
        """Stop telling a receiver, or go on from where it was stopped."""
        hook = self._hook(webhook_id)
        changed = replace(hook, is_on=is_on, revision=hook.revision + 1)
        verb = "webhook-on" if is_on else "webhook-off"
        self.webhooks.put(changed, (), [AuditEntry(self.clock.now(), by, verb, hook.id, "asked")])
        return changed

    def replay(self, delivery_id: str, by: str) -> Delivery:
        """Deliver once more; UnknownError if there is no such delivery."""
        delivery, now = self.webhooks.delivery(delivery_id), self.clock.now()
        if delivery is None:
            raise UnknownError("no such delivery", where=delivery_id, mend="see the webhook's deliveries")
        again = replayed(delivery, now)
        entry = AuditEntry(now, by, "delivery-replayed", delivery.webhook, "by hand", {"delivery": delivery_id})
        self.webhooks.settle(again, [entry])
        return again

    def beat(self, limit: int = 100) -> dict[str, int]:
        """Write what is owed, then deliver what is due; counts by what was done."""
        written = sum(self._write(hook) for hook in self.webhooks.webhooks() if hook.is_on)
        sent = [self._send(delivery) for delivery in self.webhooks.due(self.clock.now(), limit)]
        return {"webhooks owed": written, "webhooks taken": sent.count(True)}

    def message(self, delivery: Delivery) -> bytes:
        """The message: what happened to which thing, and when; who did it is no business of receivers."""
        entries = self.register.chain(delivery.number - 1, 1)
        told: Mapping[str, Any] = parse_canonical(entries[0].body, "audit log") if entries else {}
        stated = {"id": delivery.id, "number": delivery.number, "event": delivery.event, "thing": delivery.thing}
        return canonical({**stated, "at": told.get("at", ""), "facts": told.get("facts", {})})

    def _write(self, hook: Webhook) -> int:
        """The deliveries that the log owes to a receiver, with the place up to which it was read."""
        entries = self.register.chain(hook.cursor, PIECE)
        if not entries:
            return 0
        owed = [made for entry in entries if (made := self._owed(hook, entry)) is not None]
        moved = replace(hook, cursor=entries[-1].number, revision=hook.revision + 1)
        try:
            self.webhooks.put(moved, owed, ())
        except ConflictError:
            return 0  # another worker wrote them
        return len(owed)

    def _owed(self, hook: Webhook, entry: Chained) -> Delivery | None:
        told = parse_canonical(entry.body, "audit log")
        if told["verb"] not in hook.events:
            return None
        now = self.clock.now()
        return Delivery(
            f"{hook.id}-{entry.number}", hook.id, entry.number, told["verb"], str(told["thing"])[:48], now, now
        )

    def _send(self, delivery: Delivery) -> bool:
        hook = self.webhooks.webhook(delivery.webhook)
        if hook is None or not hook.is_on:
            return False
        try:
            held = tried(delivery, self.clock.now())
            self.webhooks.settle(held, ())
        except ConflictError:
            return False  # another worker has it
        post = Post(held.id, "", held.event, held.thing, self.message(held))
        try:
            done = taken(held, self.postman(hook.url, self.secret(hook)).deliver(post))
        except EnforcementError as error:
            done = refused(held, error.what, self.clock.now())
        self.webhooks.settle(done, ())
        return done.state.value == "TAKEN"

    def _hook(self, webhook_id: str) -> Webhook:
        hook = self.webhooks.webhook(webhook_id)
        if hook is None:
            raise UnknownError("no such webhook", where=webhook_id, mend="see the list of webhooks")
        return hook
