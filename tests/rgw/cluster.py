"""A Ceph of one machine for the suite: a monitor, one OSD in memory, and a RADOS gateway, in a folder of their own.

`python -m tests.rgw.cluster` keeps one running until it is stopped, and says how to reach it.
"""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

TOOLS = ("ceph-mon", "ceph-osd", "radosgw", "radosgw-admin", "ceph", "ceph-authtool", "monmaptool")
START_SECONDS = 120
CONF = """[global]
fsid = {fsid}
mon_initial_members = a
mon_host = [v2:127.0.0.1:{mon},v1:127.0.0.1:{mon1}]
public_addr = 127.0.0.1
cluster_addr = 127.0.0.1
run_dir = {folder}/run
admin_socket = {folder}/run/$name.asok
log_file = {folder}/run/$name.log
pid_file = {folder}/run/$name.pid
keyring = {folder}/keyring
mon_data = {folder}/mon
osd_data = {folder}/osd
rgw_data = {folder}/rgw
osd_objectstore = memstore
memstore_device_bytes = 2147483648
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 4
osd_pool_default_pgp_num = 4
osd_pool_default_pg_autoscale_mode = off
osd_crush_chooseleaf_type = 0
osd_class_load_list = *
osd_class_default_list = *
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 1000
mon_data_avail_crit = 1
mon_data_avail_warn = 2
auth_allow_insecure_global_id_reclaim = true
rgw_frontends = beast endpoint=127.0.0.1:{rgw}
rgw_enable_apis = s3
rgw_thread_pool_size = 32
rgw_enable_gc_threads = false
rgw_enable_lc_threads = false
"""


def lacking() -> str:
    """What this machine lacks for the suite, or nothing."""
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    if absent:
        return f"no {', '.join(absent)} here: apt install ceph-mon ceph-osd ceph-common radosgw"
    return ""


@dataclass
class Cluster:
    """The daemons of one folder; they end with it."""

    folder: Path
    ports: tuple[int, ...]
    daemons: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the gateway listens."""
        return f"http://127.0.0.1:{self.ports[2]}"

    def start(self, users: Mapping[str, str]) -> None:
        """Monitor, OSD, users (uid by access key; the secret is `secret`), gateway."""
        fsid = str(uuid.uuid4())
        for name in ("mon", "osd", "rgw", "run"):
            (self.folder / name).mkdir()
        mon, mon1, rgw = self.ports
        text = CONF.format(fsid=fsid, folder=self.folder, mon=mon, mon1=mon1, rgw=rgw)
        (self.folder / "ceph.conf").write_text(text, encoding="ascii")
        self._monitor(fsid, f"[v2:127.0.0.1:{mon},v1:127.0.0.1:{mon1}]")
        self._osd()
        for access, uid in users.items():
            who = ("--uid", uid, "--display-name", access, "--access-key", access, "--secret-key", "secret")
            self._run("radosgw-admin", "user", "create", *who)
        self._daemon("radosgw", "-n", "client.admin", "-f")
        self._wait()

    def stop(self) -> None:
        """End the daemons, the last one first."""
        for daemon in reversed(self.daemons):
            daemon.terminate()
        for daemon in self.daemons:
            try:
                daemon.wait(10)
            except subprocess.TimeoutExpired:
                daemon.kill()
                daemon.wait(10)

    def _monitor(self, fsid: str, place: str) -> None:
        keyring, monmap = str(self.folder / "keyring"), str(self.folder / "monmap")
        self._run("ceph-authtool", "-C", keyring, "-n", "mon.", "--gen-key", "--cap", "mon", "allow *", bare=True)
        caps = [word for service in ("mon", "osd", "mgr") for word in ("--cap", service, "allow *")]
        self._run("ceph-authtool", keyring, "-n", "client.admin", "--gen-key", *caps, bare=True)
        self._run("monmaptool", "--create", "--clobber", "--fsid", fsid, "--addv", "a", place, monmap, bare=True)
        self._run("ceph-mon", "-i", "a", "--mkfs", "--monmap", monmap, "--keyring", keyring)
        self._daemon("ceph-mon", "-i", "a", "-f")

    def _osd(self) -> None:
        made = str(uuid.uuid4())
        number = self._run("ceph", "osd", "new", made).strip()
        key = self._run(
            "ceph", "auth", "get-or-create-key", f"osd.{number}", "mon", "allow *", "osd", "allow *"
        ).strip()
        keyring = str(self.folder / "keyring")
        self._run("ceph-authtool", keyring, "-n", f"osd.{number}", "--add-key", key, bare=True)
        self._run("ceph-osd", "-i", number, "--mkfs", "--osd-uuid", made)
        self._daemon("ceph-osd", "-i", number, "-f")

    def _run(self, tool: str, *arguments: str, bare: bool = False) -> str:
        command = [tool, *arguments] if bare else [tool, "-c", str(self.folder / "ceph.conf"), *arguments]
        done = subprocess.run(command, capture_output=True, timeout=START_SECONDS, check=False, cwd=self.folder)
        if done.returncode:
            told = done.stderr.decode("utf-8", "replace")[-500:]
            raise RuntimeError(f"{' '.join(command[:5])} failed: {told}")
        return done.stdout.decode()

    def _daemon(self, tool: str, *arguments: str) -> None:
        with (self.folder / "run" / f"{tool}.out").open("wb") as told:
            command = [tool, "-c", str(self.folder / "ceph.conf"), *arguments]
            self.daemons.append(subprocess.Popen(command, stdout=told, stderr=told, cwd=self.folder))

    def _wait(self) -> None:
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            try:
                urllib.request.urlopen(self.url, timeout=2).close()
            except urllib.error.HTTPError:
                return
            except OSError:
                time.sleep(0.3)
                continue
            return
        log = (self.folder / "run" / "client.admin.log").read_text("utf-8", "replace")[-800:]
        raise RuntimeError(f"the gateway did not start within {START_SECONDS} s: {log}")


@contextmanager
def cluster(users: Mapping[str, str]) -> Iterator[Cluster]:
    """A running cluster with these users; RuntimeError with the log's end if it does not start."""
    with tempfile.TemporaryDirectory(prefix="aup-rgw-") as name:
        made = Cluster(Path(name), tuple(_free_port() for _ in range(3)))
        try:
            made.start(users)
            yield made
        finally:
            made.stop()


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def main() -> int:
    """Keep one running."""
    if trouble := lacking():
        print(trouble)
        return 2
    with cluster({"owner": "111111111111", "stranger": "222222222222"}) as made:
        print(f"Ceph RGW on {made.url}; access keys owner and stranger, secret `secret`; Ctrl-C ends it", flush=True)
        try:
            made.daemons[-1].wait()
        except KeyboardInterrupt:
            return 0
    return 1


if __name__ == "__main__":
    os.umask(0o077)
    sys.exit(main())
