"""The front of a shop, whose till is another process: `front.py PORT TILL_PORT [guess]`.

`POST /orders` asks the till, for 300 ms at most. Where nothing is heard it answers 503, or guesses
that the order was taken.
"""

import json
import sys
import urllib.request
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATIENCE_S = 0.3


class Front(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    till = ""
    guesses = False

    def do_POST(self) -> None:
        request = urllib.request.Request(self.till + self.path, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                self.answer(200, answer.read())
        except OSError:
            order = json.dumps({"id": f"guessed-{uuid.uuid4()}"})
            self.answer(200 if self.guesses else 503, order.encode())

    def do_GET(self) -> None:
        with urllib.request.urlopen(self.till + self.path, timeout=5) as answer:
            self.answer(200, answer.read())

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


if __name__ == "__main__":
    Front.till = f"http://127.0.0.1:{sys.argv[2]}"
    Front.guesses = sys.argv[3:] == ["guess"]
    ThreadingHTTPServer.request_queue_size = 128
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Front).serve_forever()
