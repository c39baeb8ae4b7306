"""Listens only once another has come: `meet.py MINE OTHER PORT` touches MINE, awaits OTHER."""

import socket
import sys
import time
from pathlib import Path

mine, other, port = sys.argv[1:]
Path(mine).touch()
while not Path(other).exists():
    time.sleep(0.01)
with socket.create_server(("127.0.0.1", int(port))):
    time.sleep(600)
