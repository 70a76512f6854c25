"""Places that measures fall on: an object, or something wider whose name has a colon (no bucket's name has one)."""

from dataclasses import replace

from scanner.domain.content import Subject
from scanner.domain.enforcement.strikes import Rung
from scanner.errors import TransitionError

BUCKET = "bucket:"  # reads of a bucket, or of a prefix of it, are refused to the world
FROZEN = "frozen:"  # and nobody puts anything there
ACCOUNT = "account:"
DOMAIN = "domain:"  # everything that a CDN serves under one name


def is_object(subject: Subject) -> bool:
    """Whether it is one stored object."""
    return ":" not in subject.bucket


def is_wide(subject: Subject) -> bool:
    """Whether it is a bucket or a prefix of one."""
    return subject.bucket.startswith((BUCKET, FROZEN))


def bucket_of(subject: Subject) -> str:
    """The bucket's own name."""
    return subject.bucket.partition(":")[2] if is_wide(subject) else subject.bucket


def measure_word(subject: Subject) -> str:
    """What is done there, for a notice: usage's places name the resources that are throttled."""
    return "throttle" if not is_object(subject) and not is_wide(subject) and subject.key else "suspend"


def widened(subject: Subject, rung: Rung, prefix: str, *, writes: bool) -> Subject:
    """The place one or two rungs above an object; TransitionError for a rung that it does not have."""
    if not is_object(subject) or rung is Rung.RESOURCE:
        raise TransitionError("is no object to climb from", where=subject.url, mend="name a case over a stored object")
    bare = replace(subject, version_id="", etag="", size=0, modified="")
    if rung is Rung.CONTAINER:
        if not subject.key.startswith(prefix):
            raise TransitionError(f"does not lie under {prefix!r}", where=subject.url, mend="name a prefix of its key")
        return replace(bare, bucket=(FROZEN if writes else BUCKET) + subject.bucket, key=prefix)
    if not subject.account:
        raise TransitionError("its account is not known", where=subject.url, mend="choose the container")
    return replace(bare, bucket=ACCOUNT + subject.account, key="")


def domain_place(host: str, account: str) -> Subject:
    """A whole domain of a CDN as the place of a measure."""
    return Subject(DOMAIN + host, "", account=account)


def is_domain(subject: Subject) -> bool:
    """Whether it is a whole domain of a CDN."""
    return subject.bucket.startswith(DOMAIN)
