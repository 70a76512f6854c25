"""Which adapter serves which port of the review desk."""

from dataclasses import dataclass, replace
from datetime import timedelta

from scanner.adapters.desk_hits import DeskHits
from scanner.adapters.outside import Outside
from scanner.adapters.sql_desk import SqlDesk
from scanner.adapters.sql_enforcement import SqlEnforcement
from scanner.adapters.sql_hits import SqlHits
from scanner.adapters.sql_sketches import SqlSketches
from scanner.bootstrap import House, rules_of
from scanner.domain.content import Subject
from scanner.services.desk import Desk
from scanner.services.desk_file import Filing
from scanner.services.desk_similar import Kinship
from scanner.services.quality import Quality
from scanner.services.quality_demoting import Demoting


@dataclass(frozen=True, slots=True)
class DeskHouse:
    """The reviewers' desk, the files of cases, and quality."""

    kept: SqlDesk
    desk: Desk
    filing: Filing
    quality: Quality
    demoting: Demoting


def addresses_of(house: House, subject: Subject) -> list[str]:
    """Where the world would ask for the object: the origin and every CDN address, plain and by its version."""
    settings = house.settings
    bases = (settings.public_base_url or settings.s3_endpoint, *settings.cdn_urls)
    return Outside(tuple(base for base in bases if base)).urls(subject.bucket, subject.key, subject.version_id)


def open_desk(house: House) -> DeskHouse:
    """The services over one house."""
    kept, rights, clock = SqlDesk(house.database), SqlEnforcement(house.database), house.reviewing.clock
    reviewing = replace(house.reviewing, rights=rights)
    within = timedelta(seconds=house.settings.undo_seconds)
    guarding = house.enforcing.carrying.guarding
    kinship = Kinship(kept, SqlSketches(house.database))
    return DeskHouse(
        kept,
        Desk(reviewing, kept, kept, rights, kinship, within),
        Filing(guarding, house.outbox, DeskHits(SqlHits(house.database)), rights, kept, kinship),
        Quality(kept, kept, rights, house.casebook, house.register, clock, house.settings.second_review_share),
        Demoting(rules_of(house.settings).current, kept),
    )
