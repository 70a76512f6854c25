"""Which adapter serves which port of the review desk."""

from dataclasses import dataclass, replace
from datetime import timedelta

from scanner.adapters.sql_desk import SqlDesk
from scanner.adapters.sql_enforcement import SqlEnforcement
from scanner.bootstrap import House
from scanner.services.desk import Desk
from scanner.services.desk_file import Filing
from scanner.services.quality import Quality


@dataclass(frozen=True, slots=True)
class DeskHouse:
    """The reviewers' desk, the files of cases, and quality."""

    kept: SqlDesk
    desk: Desk
    filing: Filing
    quality: Quality


def open_desk(house: House) -> DeskHouse:
    """The services over one house."""
    kept, rights, clock = SqlDesk(house.database), SqlEnforcement(house.database), house.reviewing.clock
    reviewing = replace(house.reviewing, rights=rights)
    within = timedelta(seconds=house.settings.undo_seconds)
    guarding = house.enforcing.carrying.guarding
    return DeskHouse(
        kept,
        Desk(reviewing, kept, kept, rights, within),
        Filing(guarding, house.outbox, house.register, rights, kept),
        Quality(kept, kept, rights, house.casebook, house.register, clock, house.settings.second_review_share),
    )
