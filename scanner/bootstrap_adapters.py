"""Every adapter of a house in one value, for the parts that wire services of them."""

from dataclasses import dataclass

from scanner.adapters.celery_queue import CeleryDoorbell
from scanner.adapters.s3_surface import S3Surface
from scanner.adapters.sql import Database
from scanner.adapters.sql_casebook import SqlCasebook, SqlOutbox, SqlRescans
from scanner.adapters.sql_register import SqlRegister
from scanner.adapters.sql_requests import SqlRequests
from scanner.adapters.vault_chosen import ChosenVault
from scanner.ports import Clock, Contents, Rules
from scanner.ports_knowing import Pages
from scanner.wire.seal import Keys


@dataclass(frozen=True, slots=True)
class Adapters:
    """Every adapter, by the port it serves."""

    database: Database
    requests: SqlRequests
    register: SqlRegister
    casebook: SqlCasebook
    outbox: SqlOutbox
    rescans: SqlRescans
    rules: Rules
    doorbell: CeleryDoorbell
    objects: Contents
    contents: Contents
    pages: Pages
    surface: S3Surface
    keys: Keys
    vault: ChosenVault
    clock: Clock
