"""Passwords by argon2id, one-time codes by TOTP (RFC 6238); the codes' secrets are sealed with a key file."""

import secrets
from base64 import b64decode, b64encode
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from scanner.errors import VaultError
from scanner.wire.keyring import read_or_create

ISSUER, PERIOD, NONCE = "aup-scanner", 30, 12


@dataclass(frozen=True, slots=True)
class ArgonSecrets:
    """It is Secrets of `scanner.ports_access`. `key` seals the TOTP secrets; costs as in RFC 9106.

    A name without a password costs as much time as a wrong password: a hash of nobody is checked instead.
    """

    key: bytes
    hasher: PasswordHasher = field(default_factory=PasswordHasher)
    nobody: list[str] = field(default_factory=list)

    def hashed(self, password: str) -> str:
        """The argon2id hash with its salt and costs."""
        return self.hasher.hash(password.encode("utf-8", "replace"))

    def matches(self, hashed: str, password: str) -> bool:
        """Whether the password is the hash's; "" is nobody's."""
        try:
            self.hasher.verify(hashed or self._nobody(), password.encode("utf-8", "replace"))
        except (VerificationError, InvalidHashError):
            return False
        return bool(hashed)

    def fresh_totp(self) -> str:
        """A new secret, sealed."""
        nonce = secrets.token_bytes(NONCE)
        sealed = nonce + AESGCM(self.key).encrypt(nonce, pyotp.random_base32().encode(), b"totp")
        return b64encode(sealed).decode()

    def address(self, sealed: str, name: str) -> str:
        """The `otpauth://` address to be scanned once."""
        return pyotp.TOTP(self._opened(sealed)).provisioning_uri(name=name, issuer_name=ISSUER)

    def step(self, sealed: str, code: str, now: datetime) -> int:
        """The step a code belongs to, one period before or after counted in; 0 for a wrong one."""
        totp, current = pyotp.TOTP(self._opened(sealed)), int(now.timestamp()) // PERIOD
        given = code.replace(" ", "").encode("utf-8", "replace")
        near = (current, current - 1, current + 1)
        return next((at for at in near if secrets.compare_digest(totp.generate_otp(at).encode(), given)), 0)

    def _opened(self, sealed: str) -> str:
        try:
            raw = b64decode(sealed)
            return AESGCM(self.key).decrypt(raw[:NONCE], raw[NONCE:], b"totp").decode()
        except (InvalidTag, ValueError) as error:
            mend = "run `aup accounts reset` for the account"
            raise VaultError("a TOTP secret cannot be opened", where="keys/totp.key", mend=mend) from error

    def _nobody(self) -> str:
        if not self.nobody:
            self.nobody.append(self.hashed(secrets.token_urlsafe(16)))
        return self.nobody[0]


def load_secrets(folder: Path) -> ArgonSecrets:
    """The secrets over the key file in this folder, made on first use."""
    return ArgonSecrets(read_or_create(folder / "totp.key", AESGCM.generate_key(256)))
