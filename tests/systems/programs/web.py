"""A web server on the given port. With a second word, answers 503 until that file exists."""

import http.server
import sys
from pathlib import Path


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        waits_for = sys.argv[2:3]
        self.send_response(200 if all(Path(name).exists() for name in waits_for) else 503)
        self.end_headers()


server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
print("listening on", sys.argv[1], flush=True)
server.serve_forever()
