"""Health checks: what a service answers over HTTP on loopback, and whose it is."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Health:
    """The result of a health check. `ours` is None if the answer doesn't tell whose service it is."""

    ok: bool
    ours: bool | None = None
    detail: str = ""
    why: str = ""
    """What is wrong with a service that answers and does no work."""


def get_json(port: int, path: str, headers: Mapping[str, str] | None = None) -> Any:
    """Return the JSON that a service on loopback answers with 200, or None. Bypasses proxies."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2.0)
    try:
        connection.request("GET", path, headers=dict(headers or {}))
        response = connection.getresponse()
        return json.loads(response.read()) if response.status == 200 else None
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def bench_health(port: int, home: Path) -> Health:
    """Check that the gateway or the weather service answers, and belongs to this home."""
    report = get_json(port, "/bench/health")
    if not isinstance(report, dict):
        return Health(False)
    owner = str(report.get("home", ""))
    status = report.get("status", "healthy")
    why = "" if status == "healthy" else str(report.get("why") or status)
    return Health(not why, owner == str(home), owner, why)
