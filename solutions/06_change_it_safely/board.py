"""A stand-in for the service that pays: python board.py. It prints each refund once, however often it is sent."""

import json
from http.server import BaseHTTPRequestHandler, HTTPServer

taken: set[str] = set()  # the idempotency keys


class Board(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        refund = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if (key := self.headers["Idempotency-Key"]) not in taken:
            print(refund["text"], flush=True)
        taken.add(key)
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Leave the terminal to the refunds."""


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", 8236), Board).serve_forever()
