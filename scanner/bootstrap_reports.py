"""Which adapter serves which port of reports from outside and of webhooks to the outside."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass

from scanner.adapters.postmen import WebhookPostman
from scanner.adapters.sql_reports import SqlReports
from scanner.adapters.sql_webhooks import SqlWebhooks
from scanner.bootstrap import House
from scanner.domain.webhooks import Webhook
from scanner.services.reports import Reporting
from scanner.services.webhooks import Telling
from scanner.wire.keyring import read_or_create


@dataclass(frozen=True, slots=True)
class ReportsHouse:
    """Reports in, webhooks out."""

    reports: SqlReports
    reporting: Reporting
    hooks: SqlWebhooks
    telling: Telling

    def secret_of(self, hook: Webhook) -> str:
        """What signs a receiver's messages: shown when it is added, kept nowhere."""
        return self.telling.secret(hook)


def open_reports(house: House) -> ReportsHouse:
    """The services over one house."""
    settings, enforcing, clock = house.settings, house.enforcing, house.reviewing.clock
    reports, hooks = SqlReports(house.database), SqlWebhooks(house.database)
    bases = (settings.public_base_url, settings.s3_endpoint, *settings.cdn_urls)
    reporting = Reporting(
        reports,
        enforcing.casework,
        house.casebook,
        house.register,
        enforcing.contents,
        house.intake,
        clock,
        enforcing.limit,
        tuple(base for base in bases if base),
        house.intake.accounts,
    )
    master = read_or_create(settings.state / "keys" / "webhook.key", secrets.token_bytes(32))

    def secret(hook: Webhook) -> str:
        return hmac.new(master, f"{hook.id}:{hook.generation}".encode(), hashlib.sha256).hexdigest()

    return ReportsHouse(reports, reporting, hooks, Telling(hooks, house.register, clock, WebhookPostman, secret))
