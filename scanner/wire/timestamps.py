"""RFC 3161 timestamps: another's signature over when a checkpoint was there already, checked offline."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from rfc3161_client import TimestampRequestBuilder, VerificationError, VerifierBuilder, decode_timestamp_response
from rfc3161_client.base import HashAlgorithm

from scanner.errors import TaintedError

MEND = "compare it with the copy that was anchored elsewhere, and ask the timestamping authority for its certificates"


def request_over(document: bytes) -> bytes:
    """The query to a timestamping authority: it sees the document's digest alone."""
    builder = TimestampRequestBuilder().data(document).hash_algorithm(HashAlgorithm.SHA256)
    return bytes(builder.nonce(nonce=True).cert_request(cert_request=True).build().as_bytes())


def stamped_at(answer: bytes) -> datetime:
    """The time that an answer states, unproven; TaintedError if it is none or a refusal."""
    try:
        return decode_timestamp_response(answer).tst_info.gen_time
    except ValueError as error:
        raise TaintedError(f"is no timestamp: {error}", where="timestamp", mend=MEND) from error


def check_stamp(answer: bytes, document: bytes, roots: Sequence[bytes]) -> datetime:
    """The proven time; TaintedError unless an authority under one of the roots (PEM) signed this very document."""
    try:
        stamp = decode_timestamp_response(answer)
        builder = VerifierBuilder()
        for root in roots:
            builder = builder.add_root_certificate(x509.load_pem_x509_certificate(root))
        builder.build().verify(stamp, hashlib.sha256(document).digest())
    except (ValueError, VerificationError) as error:
        raise TaintedError(f"does not fit: {error}", where="timestamp", mend=MEND) from error
    return stamp.tst_info.gen_time
