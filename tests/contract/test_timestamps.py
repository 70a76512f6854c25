"""RFC 3161 timestamps: a local authority (openssl's) stamps checkpoints, and each stamp is checked offline."""

import hashlib
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from scanner.adapters.timestamps import TimestampAuthority
from scanner.adapters.vault import DirectoryVault
from scanner.domain.rules import Rulebook
from scanner.errors import EnforcementError, TaintedError
from scanner.services.checkpointing import Checkpointing
from scanner.wire.checkpoints import sign_checkpoint
from scanner.wire.seal import load_or_create_keys
from scanner.wire.timestamps import check_stamp, request_over, stamped_at
from tests.unit.services.house import MemoryHouse

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here to stand in for an authority")
CONF = """[tsa]
default_tsa = here
[here]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
ess_cert_id_alg = sha256
"""


def certificates(folder: Path) -> bytes:
    """A root and an authority under it; the root as PEM."""
    root_key, key = (rsa.generate_private_key(65_537, 2_048) for _ in range(2))
    root_name, name = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in ("root", "tsa"))
    now = datetime.now(UTC)
    made = []
    for subject, public, stamps in ((root_name, root_key, False), (name, key, True)):
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(root_name).public_key(public.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
        builder = builder.add_extension(x509.BasicConstraints(ca=not stamps, path_length=None), critical=True)
        if stamps:
            builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        made.append(builder.sign(root_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "root.pem").write_bytes(made[0])
    (folder / "tsa.pem").write_bytes(made[1])
    (folder / "tsa.key").write_bytes(key.private_bytes(*plain))
    (folder / "serial").write_text("01\n")
    (folder / "tsa.conf").write_text(CONF.format(folder=folder))
    return made[0]


def stamp(folder: Path, query: bytes) -> bytes:
    """The authority's answer."""
    (folder / "query.tsq").write_bytes(query)
    command = ["openssl", "ts", "-reply", "-config", str(folder / "tsa.conf"), "-section", "here"]
    subprocess.run(
        [*command, "-queryfile", "query.tsq", "-out", "answer.tsr"], cwd=folder, check=True, capture_output=True
    )
    return (folder / "answer.tsr").read_bytes()


@contextmanager
def serving(folder: Path, status: int = 200) -> Iterator[str]:
    """The authority behind HTTP on loopback."""

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            body = stamp(folder, query) if status == 200 else b""
            self.send_response_only(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = HTTPServer(("127.0.0.1", 0), Desk)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, bytes]:
    folder = tmp_path_factory.mktemp("tsa")
    return folder, certificates(folder)


def test_a_stamp_proves_its_document_and_no_other(desk: tuple[Path, bytes]) -> None:
    folder, root = desk
    answer = stamp(folder, request_over(b"document"))
    assert abs(check_stamp(answer, b"document", [root]) - datetime.now(UTC)) < timedelta(minutes=1)
    assert stamped_at(answer) == check_stamp(answer, b"document", [root])
    with pytest.raises(TaintedError, match="Mismatch between messages"):
        check_stamp(answer, b"another", [root])
    assert hashlib.sha256(b"document").digest() in answer


def test_a_stamp_under_another_root_proves_nothing(desk: tuple[Path, bytes], tmp_path: Path) -> None:
    answer = stamp(desk[0], request_over(b"document"))
    with pytest.raises(TaintedError, match="does not fit"):
        check_stamp(answer, b"document", [certificates(tmp_path)])
    with pytest.raises(TaintedError, match="does not fit"):
        check_stamp(answer, b"document", [])


@pytest.mark.parametrize("answer", [b"", b"x" * 40, b"0\x03\x02\x01\x02"])
def test_what_is_no_stamp_is_told(answer: bytes, desk: tuple[Path, bytes]) -> None:
    with pytest.raises(TaintedError):
        check_stamp(answer, b"document", [desk[1]])


def test_every_flipped_byte_of_a_stamp_is_found_or_harmless(desk: tuple[Path, bytes]) -> None:
    folder, root = desk
    answer = stamp(folder, request_over(b"document"))
    true = check_stamp(answer, b"document", [root])
    for at in range(0, len(answer), 37):
        bent = answer[:at] + bytes([answer[at] ^ 1]) + answer[at + 1 :]
        try:
            told = check_stamp(bent, b"document", [root])
        except TaintedError:
            continue
        assert told == true  # a byte that nothing is proven by: the time stays the signed one


def test_an_authority_stamps_checkpoints_here_and_at_every_anchor(
    desk: tuple[Path, bytes], book: Rulebook, tmp_path: Path
) -> None:
    folder, root = desk
    house, keys = MemoryHouse(book), load_or_create_keys(tmp_path / "keys")
    here, there = DirectoryVault(tmp_path / "here"), DirectoryVault(tmp_path / "there")
    house.upload("a", b"EVIL")
    house.work()
    with serving(folder) as url:
        authority = TimestampAuthority(url, (root,))
        keeping = Checkpointing(
            house.kept, here, (there,), lambda point: sign_checkpoint(point, keys), house.clock, authority
        )
        assert keeping.take() is not None
        assert keeping.stamp() == 1
        assert keeping.stamp() == 0
    [(document, answer)] = keeping.stamps()
    assert check_stamp(answer, document, [root])
    assert there.names() == here.names()
    assert len(keeping.documents()) == 2


def test_an_authority_that_is_silent_or_refuses_is_told_and_asked_later(
    desk: tuple[Path, bytes], tmp_path: Path
) -> None:
    with serving(desk[0], 503) as url, pytest.raises(EnforcementError, match="status 503"):
        TimestampAuthority(url).stamp(b"document")
    with pytest.raises(EnforcementError, match="no timestamp: ConnectionRefusedError"):
        TimestampAuthority("http://127.0.0.1:9/tsa").stamp(b"document")
    with serving(desk[0]) as url:
        with pytest.raises(TaintedError, match="does not fit"):
            TimestampAuthority(url, (certificates(tmp_path),)).stamp(b"document")
        assert TimestampAuthority(url).stamp(b"document")
