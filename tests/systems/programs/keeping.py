"""Appends a line to FILE again and again, and ends where it cannot if FRAIL: PORT FILE [FRAIL]"""

import socket
import sys
import time
from pathlib import Path

port, path, *frail = sys.argv[1:]
with socket.create_server(("127.0.0.1", int(port))):
    while True:
        try:
            with Path(path).open("a") as file:
                file.write("x" * 5_000 + "\n")
        except OSError as error:
            print(error, flush=True)
            if frail:
                sys.exit(7)
        time.sleep(0.01)
