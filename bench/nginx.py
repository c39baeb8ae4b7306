"""An nginx of one process on the servers' core."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import peers

# One process, that of whoever starts it: a worker of another user could not read our files.
CONFIG = """
master_process off; daemon off; pid {folder}/pid; error_log stderr crit;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 1000000000;
  client_body_temp_path {folder}; proxy_temp_path {folder}; fastcgi_temp_path {folder};
  uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port}; location / {{ {location} }} }} }}
"""


@contextmanager
def nginx(folder: Path, location: str) -> Iterator[int]:
    """One that answers every path as `location` says, up while the block runs; yields its port."""
    port = peers.free_port()
    config = folder / "nginx.conf"
    config.write_text(CONFIG.format(folder=folder, port=port, location=location))
    with peers.server(["nginx", "-e", "stderr", "-c", str(config)], port):
        yield port
