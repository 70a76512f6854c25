"""Case keys wrapped by a key management service: the key that wraps them never leaves it."""

from dataclasses import dataclass
from typing import Any

import boto3
from botocore.client import Config
from botocore.exceptions import BotoCoreError, ClientError

from scanner.adapters.s3_calls import code_of
from scanner.errors import TaintedError, VaultAwayError, VaultError

MARK = b"aup-kms/1\n"
NOT_OURS = ("InvalidCiphertextException", "IncorrectKeyException")


@dataclass(frozen=True, slots=True)
class KmsWrapper:
    """It is the Wrapper of `scanner.wire.keyring`. Every call names its case, so wrapped keys cannot change places."""

    client: Any
    key_id: str

    def knows(self, wrapped: bytes) -> bool:
        """Whether this wrapped it."""
        return wrapped.startswith(MARK)

    def wrap(self, key: bytes, case: str) -> bytes:
        """The key as it is kept; VaultError if the service does not answer: then nothing is sealed."""
        try:
            answer = self.client.encrypt(KeyId=self.key_id, Plaintext=key, EncryptionContext={"case": case})
        except (ClientError, BotoCoreError) as error:
            raise _told(error, self.key_id) from error
        return MARK + bytes(answer["CiphertextBlob"])

    def unwrap(self, wrapped: bytes, case: str) -> bytes:
        """The key; TaintedError for a wrapping that is not of this case and key, VaultAwayError without an answer."""
        blob = wrapped.removeprefix(MARK)
        try:
            answer = self.client.decrypt(KeyId=self.key_id, CiphertextBlob=blob, EncryptionContext={"case": case})
        except (ClientError, BotoCoreError) as error:
            raise _told(error, self.key_id) from error
        return bytes(answer["Plaintext"])


def kms_client(endpoint: str, region: str) -> Any:
    """A client of AWS KMS, or of what speaks like it at `endpoint`, under the ambient credentials."""
    config = Config(connect_timeout=5, read_timeout=10, retries={"total_max_attempts": 3, "mode": "standard"})
    return boto3.client("kms", endpoint_url=endpoint or None, region_name=region, config=config)


def _told(error: ClientError | BotoCoreError, key_id: str) -> VaultError:
    if isinstance(error, ClientError) and code_of(error) in NOT_OURS:
        return TaintedError("the case's key does not open", where=key_id, mend="restore the key folder")
    what = code_of(error) if isinstance(error, ClientError) else type(error).__name__
    return VaultAwayError(
        f"the key service refused: {what}", where=key_id, mend="see kms_key_id and the vault's rights"
    )
