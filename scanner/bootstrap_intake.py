"""Which adapter serves which port of intake: queues, inventories, dead letters."""

from dataclasses import dataclass

from scanner.adapters.redis_source import RedisSource, redis_events_client
from scanner.adapters.s3_contents import s3_client
from scanner.adapters.s3_files import S3Files
from scanner.adapters.sql_intake import SqlDeadLetters, SqlNotes
from scanner.adapters.sqs_source import SqsSource, sqs_client
from scanner.bootstrap import House
from scanner.domain.content import Subject
from scanner.domain.known import second_of
from scanner.ports_intake import EventSource
from scanner.services.inventorying import Inventorying
from scanner.services.polling import Opening, Polling
from scanner.settings import Settings
from scanner.wire.s3_events import upload_events

JUDGED = frozenset({"CLEAN", "SUSPECT", "VIOLATION"})  # what was read to an end that counts


@dataclass(frozen=True, slots=True)
class IntakeHouse:
    """Queues, inventories and dead letters over one house."""

    pollings: tuple[Polling, ...]
    opening: Opening
    inventorying: Inventorying
    letters: SqlDeadLetters
    notes: SqlNotes


def open_intake(house: House) -> IntakeHouse:
    """The services over one house."""
    settings, letters, notes = house.settings, SqlDeadLetters(house.database), SqlNotes(house.database)
    clock = house.intake.clock
    opening = Opening(house.intake, upload_events, letters, clock, settings.hook_max_bytes, settings.hook_max_records)
    files = S3Files(s3_client(settings))
    return IntakeHouse(
        tuple(Polling(source, opening) for source in sources_of(settings)),
        opening,
        Inventorying(files, notes, house.intake, lambda subject: still_good(house, subject)),
        letters,
        notes,
    )


def sources_of(settings: Settings) -> list[EventSource]:
    """Every queue that the settings name."""
    found: list[EventSource] = []
    if settings.sqs_queues:
        client = sqs_client(settings)
        found += [SqsSource(client, url) for url in settings.sqs_queues]
    if settings.redis_events_key:
        client = redis_events_client(settings.redis_events_url)
        found.append(RedisSource(client, settings.redis_events_key, max_bytes=settings.hook_max_bytes))
    return found


def still_good(house: House, subject: Subject) -> bool:
    """Whether the object is as it was when it was read, and its verdict holds under all that is in force.

    What a rescan goes by: an ETag alone does not tell two objects apart, nor does a rulebook alone say what reads them.
    """
    knowing = house.rescanning.knowing
    row = knowing.store.settled(subject.bucket, [subject.key]).get(subject.key)
    mark = (subject.key, subject.etag, subject.size, second_of(subject.modified))
    return row is not None and (row.mark, row.edition) == (mark, knowing.edition().id) and row.word in JUDGED
