"""Whole files of the store as a stream, through boto3: inventories and their manifests."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from scanner.adapters.s3_calls import code_of
from scanner.errors import ContentError

PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class S3Files:
    """Reads under the scanner's login."""

    client: Any

    def pieces(self, bucket: str, key: str) -> Iterator[bytes]:
        """The file's bytes, at most PIECE at a time; ContentError if it is not there, is refused or breaks off."""
        where = f"s3://{bucket}/{key}"
        try:
            answer = self.client.get_object(Bucket=bucket, Key=key)
            size, held = int(answer["ContentLength"]), 0
            while piece := answer["Body"].read(PIECE):
                held += len(piece)
                yield piece
        except ClientError as error:
            raise ContentError(
                f"cannot be read: {code_of(error)}", where=where, mend="check name and rights"
            ) from error
        except (BotoCoreError, OSError) as error:
            raise ContentError(f"broke off: {type(error).__name__}", where=where, mend="run it again") from error
        if held != size:
            raise ContentError(f"{held} bytes came of {size}", where=where, mend="run it again")
