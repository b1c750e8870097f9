"""A service for the supervisor's tests: answers the health check of a home, can be slow, deaf to SIGTERM, or
start a child.

python fake_service.py PORT HOME [--deaf] [--child] [--silent] [--dies]
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Health(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = json.dumps(
            {"home": sys.argv[2], "deaf_to_sigint": signal.getsignal(signal.SIGINT) is signal.SIG_IGN}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    if "--dies" in sys.argv:
        sys.exit("no coffee in the machine")
    if "--deaf" in sys.argv:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "--child" in sys.argv:
        subprocess.Popen(["sleep", "300"], start_new_session=True)
    if "--silent" in sys.argv:
        time.sleep(300)
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Health).serve_forever()
