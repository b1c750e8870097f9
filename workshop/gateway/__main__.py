"""The entry point of the gateway: `python -m workshop.gateway`."""

import sys

from workshop.config import settings
from workshop.gateway.app import create_app
from workshop.services.serving import serve

if __name__ == "__main__":
    sys.exit(serve(create_app(), settings().gateway_port, "gateway", "GATEWAY_PORT"))
