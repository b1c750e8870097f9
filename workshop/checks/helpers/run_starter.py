"""A script for the check 03.secret: the learner's `starter.py`, and which plugins its client has."""

from __future__ import annotations

import os
import runpy
import sys
from typing import Any

from temporalio.client import Client

PLUGINS = "plugins of the client:"

if __name__ == "__main__":
    connect = Client.connect

    async def telling(*args: Any, **options: Any) -> Client:
        client = await connect(*args, **options)
        print(PLUGINS, *(type(plugin).__name__ for plugin in client.config()["plugins"]))
        return client

    Client.connect = staticmethod(telling)  # type: ignore[method-assign]
    sys.path[0] = os.getcwd()  # noqa: PTH109 (sys.path holds text)
    runpy.run_path("starter.py", run_name="__main__")
