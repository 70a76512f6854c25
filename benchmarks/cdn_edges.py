"""Three caching edges of a CDN: Debian's nginx before an origin, each a process with a cache folder of its own."""

import hashlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

NGINX = shutil.which("nginx") or next((path for path in ("/usr/sbin/nginx",) if Path(path).exists()), "")
CONF = """
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log warn;
events {{ worker_connections 256; }}
http {{
  access_log {folder}/access.log; client_body_temp_path {folder}/b; proxy_temp_path {folder}/p;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  keepalive_requests 100000;
  proxy_cache_path {folder}/cache levels=1:2 keys_zone=edge:8m inactive=1h use_temp_path=off;
  server {{
    listen 127.0.0.1:{port};
    location / {{
      proxy_pass {origin}/{bucket}$request_uri; proxy_cache edge; proxy_cache_key $host$request_uri;
      proxy_cache_valid 200 1h; proxy_http_version 1.1; proxy_set_header Connection "";
      add_header X-Cache-Status $upstream_cache_status always;
    }}
  }}
}}
"""


@dataclass
class Edges:
    """The running edges. `addresses` are host:port."""

    addresses: tuple[str, ...]
    folders: tuple[Path, ...]

    def forget(self, url: str) -> None:
        """What a purge does at each edge: the cached file of a URL goes."""
        parts = urlsplit(url)
        key = f"{parts.hostname}{parts.path}" + (f"?{parts.query}" if parts.query else "")
        name = hashlib.md5(key.encode()).hexdigest()
        for folder in self.folders:
            (folder / "cache" / name[-1] / name[-3:-1] / name).unlink(missing_ok=True)

    def cached(self) -> int:
        """Files in all caches."""
        return sum(1 for folder in self.folders for path in (folder / "cache").rglob("*") if path.is_file())


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def edges(origin: str, bucket: str, number: int = 3) -> Iterator[Edges]:
    """That many edges before a public bucket."""
    folders = [Path(tempfile.mkdtemp(prefix="aup-edge-")) for _ in range(number)]
    ports = [free_port() for _ in folders]
    running: list[subprocess.Popen[bytes]] = []
    try:
        for folder, port in zip(folders, ports, strict=True):
            conf = folder / "nginx.conf"
            conf.write_text(CONF.format(folder=folder, port=port, origin=origin, bucket=bucket))
            asked = [NGINX, "-c", str(conf), "-p", str(folder), "-e", str(folder / "start.log")]
            running.append(subprocess.Popen(asked, stderr=subprocess.DEVNULL))
        for port in ports:
            _wait(port)
        yield Edges(tuple(f"127.0.0.1:{port}" for port in ports), tuple(folders))
    finally:
        for process in running:
            process.terminate()
        for process in running:
            process.wait(10)
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int) -> None:
    ends = time.monotonic() + 10
    while time.monotonic() < ends:
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"no edge came up on {port}")
