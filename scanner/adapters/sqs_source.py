"""An SQS queue of S3 notifications: direct, through SNS, or from EventBridge. Deleted only when settled."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

from scanner.domain.deliveries import Delivery
from scanner.errors import StoreError
from scanner.settings import Settings

MOST = 10  # messages in one answer, as SQS limits it
WAIT_SECONDS = 10  # of one long poll


@dataclass(frozen=True, slots=True)
class SqsSource:
    """One queue by its URL. `wait`: seconds of a long poll."""

    client: Any
    url: str
    wait: int = WAIT_SECONDS

    @property
    def name(self) -> str:
        """Where messages come from."""
        return f"sqs:{self.url.rsplit('/', 1)[-1]}"

    def receive(self, limit: int) -> list[Delivery]:
        """The next messages; they are hidden from others until their visibility timeout."""
        try:
            answer = self.client.receive_message(
                QueueUrl=self.url, MaxNumberOfMessages=min(limit, MOST), WaitTimeSeconds=self.wait
            )
        except (ClientError, BotoCoreError) as error:
            raise self._away(error) from error
        rows = [(row["ReceiptHandle"], row["Body"].encode("utf-8", "replace")) for row in answer.get("Messages", [])]
        return [Delivery(receipt, body, len(body)) for receipt, body in rows]

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Delete them; one that is not deleted comes again, and falls together with its first coming."""
        for start in range(0, len(deliveries), MOST):
            part = deliveries[start : start + MOST]
            entries = [{"Id": str(n), "ReceiptHandle": one.receipt} for n, one in enumerate(part)]
            try:
                self.client.delete_message_batch(QueueUrl=self.url, Entries=entries)
            except (ClientError, BotoCoreError) as error:
                raise self._away(error) from error

    def _away(self, error: Exception) -> StoreError:
        return StoreError(f"the queue did not answer: {error}", where=self.url, mend="check sqs_queues and its rights")


def sqs_client(settings: Settings) -> Any:
    """A boto3 client for the settings' queues."""
    return boto3.client(
        "sqs",
        endpoint_url=settings.sqs_endpoint or None,
        region_name=settings.s3_region,
        aws_access_key_id=settings.s3_access_key or None,
        aws_secret_access_key=settings.s3_secret_key or None,
        config=Config(connect_timeout=5, read_timeout=WAIT_SECONDS + 15, retries={"max_attempts": 2}),
    )
