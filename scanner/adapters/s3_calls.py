"""boto3's errors in our own words."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError

from scanner.errors import AmbiguousError, ChangedError, DeniedError, EnforcementError, GoneError

GONE_CODES = frozenset({"NoSuchKey", "NoSuchVersion", "NoSuchBucket", "404"})
ABSENT_CODES = frozenset({"NoSuchBucketPolicy", "NoSuchTagSet", "NoSuchPublicAccessBlockConfiguration"})


def status_of(error: ClientError) -> int:
    """The HTTP status of an answer."""
    return int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def code_of(error: ClientError) -> str:
    """S3's error code."""
    return str(error.response.get("Error", {}).get("Code", ""))


@contextmanager
def s3_calls(where: str) -> Iterator[None]:
    """Errors of the store as GoneError, ChangedError, DeniedError, EnforcementError; a lost answer is ambiguous."""
    try:
        yield
    except ClientError as error:
        status, code = status_of(error), code_of(error)
        if status == 412 or code == "PreconditionFailed":
            raise ChangedError("is not the version that was judged", where=where, mend="scan it again") from error
        if status in (404, 405) and code not in ABSENT_CODES:
            raise GoneError(f"is not there: {code}", where=where, mend="nothing to do") from error
        if status in (401, 403):
            mend = "give the enforcer's role this right (docs/enforcement.md)"
            raise DeniedError(f"{error.operation_name} is refused: {code}", where=where, mend=mend) from error
        if status >= 500 and code in ("500", "InternalError"):
            raise AmbiguousError(f"{error.operation_name} answered {status}", where=where, mend="read back") from error
        message = f"{error.operation_name} answered {status} {code}"
        raise EnforcementError(message, where=where, mend="it is tried again") from error
    except ParamValidationError as error:
        raise EnforcementError(f"cannot be asked for: {error}", where=where, mend="a person decides") from error
    except (BotoCoreError, OSError) as error:
        raise AmbiguousError(
            f"no answer: {type(error).__name__}", where=where, mend="the outcome is read back"
        ) from error
