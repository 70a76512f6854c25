"""Which adapter serves which port of the serving gate."""

from scanner.adapters.gate_store import S3Gate
from scanner.adapters.sql_gates import SqlGates
from scanner.adapters.sql_intake import SqlNotes
from scanner.bootstrap import House
from scanner.bootstrap_store import enforcer_client
from scanner.services.gating import Gating


def open_gating(house: House) -> Gating:
    """The gate over one house, under the enforcer's login."""
    settings = house.settings
    client, seen_at = enforcer_client(settings), settings.public_base_url or settings.s3_endpoint
    store = S3Gate(client, seen_at, settings.gate_writers)
    named = bool(settings.gate_writers)
    return Gating(store, SqlGates(house.database), house.register, SqlNotes(house.database), house.intake.clock, named)
