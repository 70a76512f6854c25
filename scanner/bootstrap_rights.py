"""Which adapter serves which port of people's rights, of deletion, and of the audit log's checkpoints."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from scanner.adapters.abilities_file import AbilitiesFile
from scanner.adapters.postmen import FolderPostman, MailPostman, Postmen, WebhookPostman
from scanner.adapters.probe import probe
from scanner.adapters.sql_enforcement import SqlEnforcement
from scanner.adapters.sql_intake import SqlNotes
from scanner.adapters.timestamps import TimestampAuthority
from scanner.adapters.vault import DirectoryVault
from scanner.bootstrap import House
from scanner.bootstrap_beats import each_in_turn
from scanner.bootstrap_store import enforcer_client
from scanner.domain.canonical import parse_canonical
from scanner.errors import SettingsError
from scanner.ports_enforcement import Postman
from scanner.services.appealing import Appealing
from scanner.services.checkpointing import Checkpointing
from scanner.services.clockwatching import Clockwatching
from scanner.services.deleting import Deleting
from scanner.services.noticing import Noticing
from scanner.services.ordering import Ordering
from scanner.services.retaining import Retaining
from scanner.services.watching import Watching
from scanner.services.widening import Widening
from scanner.settings import Settings
from scanner.wire.checkpoints import read_checkpoint, sign_checkpoint
from scanner.wire.export import Handover, export_bundle, prove
from scanner.wire.seal import Keys

IDLE = ("untouched", "held-before")
ADDRESSES = "addresses.json"  # in the state folder: account to e-mail address


@dataclass(frozen=True, slots=True)
class RightsHouse:
    """Notices, appeals, deletion, the watch over what is suspended, retention and checkpoints."""

    kept: SqlEnforcement
    noticing: Noticing
    appealing: Appealing
    deleting: Deleting
    clockwatching: Clockwatching
    watching: Watching
    retaining: Retaining
    checkpointing: Checkpointing
    ordering: Ordering
    widening: Widening
    keys: Keys

    def entries(self, things: Collection[str]) -> list[dict[str, Any]]:
        """What the audit log says about these things, in order."""
        found = [parse_canonical(entry.body, "audit log") for entry in self.checkpointing.log()]
        return [entry for entry in found if entry["thing"] in things]

    def export(self, bundle: bytes, handover: Handover) -> bytes:
        """A bundle with the proof that the signed log knows it."""
        self.checkpointing.take()
        log = self.checkpointing.log()
        newest = max(self.checkpointing.documents(), key=lambda document: self._size(document))
        digest = hashlib.sha256(bundle).hexdigest()
        return export_bundle(bundle, prove(log, digest, newest, self.keys.public), handover, self.keys)

    def _size(self, document: bytes) -> int:
        return read_checkpoint(document, self.keys.public).size

    def beat(self) -> dict[str, int]:
        """Everything that is done on a schedule; counts by what was done.

        What one part raises keeps no other part from its turn: all of it is raised when all had theirs.
        """
        return each_in_turn(
            self.clockwatching.look,
            self.watching.look_again,
            self._ordered,
            lambda: {"written": len(self.noticing.write())},
            lambda: {"sent": len(self.noticing.send())},
            lambda: {"ended": len(self.watching.lapse())},
            lambda: {"cleared": self.watching.clear()},
            self.retaining.review,
        )

    def _ordered(self) -> dict[str, int]:
        return {f"ordered-{word}": n for word, n in self.ordering.carry_out().items() if word not in IDLE}


def open_rights(house: House) -> RightsHouse:
    """The services over one house."""
    settings, guarding, clock = house.settings, house.enforcing.carrying.guarding, house.enforcing.clock
    kept, doorbell = SqlEnforcement(house.database), house.reviewing.doorbell
    noticing = Noticing(
        kept,
        kept,
        house.casebook,
        house.register,
        house.rules,
        postman_of(settings),
        clock,
        settings.appeal_url or "appeal {id} by reply",
        settings.territory,
    )
    return RightsHouse(
        kept,
        noticing,
        Appealing(guarding, kept, house.casebook, house.outbox, house.register, doorbell, clock),
        Deleting(guarding, house.casebook, house.outbox, house.register, clock),
        Clockwatching(SqlNotes(house.database), house.register, clock),
        Watching(
            guarding,
            house.enforcing.surface,
            house.casebook,
            house.outbox,
            house.register,
            clock,
            timedelta(seconds=settings.verify_seconds),
        ),
        Retaining(guarding, kept, house.casebook, house.register, house.rules, house.keys, house.vault, clock),
        _checkpointing(house),
        _ordering(house, kept),
        Widening(kept, house.casebook, house.outbox, house.register, doorbell, clock),
        house.keys,
    )


def _checkpointing(house: House) -> Checkpointing:
    settings, here = house.settings, DirectoryVault(house.settings.state / "checkpoints")
    anchors = (DirectoryVault(Path(settings.anchor_dir)),) if settings.anchor_dir else ()
    clock, authority = house.enforcing.clock, authority_of(settings)
    return Checkpointing(
        house.register,
        here,
        anchors,
        lambda point: sign_checkpoint(point, house.keys),
        clock,
        authority,
        lambda document: read_checkpoint(document, house.keys.public),
    )


def _ordering(house: House, kept: SqlEnforcement) -> Ordering:
    enforcing = house.enforcing
    return Ordering(
        kept,
        kept,
        enforcing.casework,
        house.casebook,
        house.outbox,
        house.register,
        enforcing.contents,
        house.vault,
        house.reviewing.doorbell,
        enforcing.clock,
        enforcing.limit,
        accounts=house.intake.accounts,
    )


def postman_of(settings: Settings) -> Postman:
    """Every way that the settings name; a folder where none is."""
    ways: list[Postman] = []
    if settings.notice_url:
        ways.append(WebhookPostman(settings.notice_url, settings.notice_secret))
    if settings.notice_smtp:
        ways.append(MailPostman(settings.notice_smtp, settings.notice_from, addresses(settings)))
    return Postmen(tuple(ways)) if ways else FolderPostman(DirectoryVault(settings.state / "notices"))


def authority_of(settings: Settings) -> TimestampAuthority | None:
    """The timestamping authority, where the settings name one; SettingsError for a root that cannot be read."""
    if not settings.tsa_url:
        return None
    try:
        roots = tuple(Path(path).read_bytes() for path in settings.tsa_roots)
    except OSError as error:
        raise SettingsError(f"cannot be read: {error.strerror}", where="tsa_roots", mend="name PEM files") from error
    return TimestampAuthority(settings.tsa_url, roots)


def addresses(settings: Settings) -> Mapping[str, str]:
    """Accounts' e-mail addresses; SettingsError if the file is no JSON object of strings."""
    path = settings.state / ADDRESSES
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SettingsError(f"cannot be read: {error}", where=str(path), mend="write a JSON object") from error
    if not isinstance(found, dict) or not all(isinstance(address, str) for address in found.values()):
        raise SettingsError("is no JSON object of strings", where=str(path), mend="account to address")
    return found


def store_abilities(settings: Settings) -> AbilitiesFile:
    """What the store was shown to do, and the way to probe it again."""
    client, seen_at = enforcer_client(settings), settings.public_base_url or settings.s3_endpoint
    return AbilitiesFile(settings.state / "abilities.json", client.meta.endpoint_url, lambda: probe(client, seen_at))
