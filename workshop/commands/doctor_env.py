"""The doctor's look at `.env`: its rights, the key, and values that clash."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path

from dotenv import dotenv_values
from pydantic import ValidationError

from workshop.commands.diagnosis import UP, Diagnosis
from workshop.config import ENV_SAMPLE, HOME, Settings, settings
from workshop.errors import LabError, UnreadableSettings
from workshop.keeping import rights
from workshop.keeping.plain_env import is_plain, unread
from workshop.workspace.control import Gateway


def env_file() -> Iterator[Diagnosis]:
    """Check that `.env` exists, is readable, and has values that make sense."""
    path = HOME / ".env"
    if not path.exists():
        yield Diagnosis(False, f".env: missing in {HOME}", UP)
        return
    if path.is_file() and not is_plain(path):
        yield Diagnosis(
            False, f".env: {path} is not UTF-8 with the line ends of Unix, as all that reads it expects", UP
        )
    try:
        now = settings()
    except UnreadableSettings as error:
        *said, what_next = str(error).splitlines()
        what_next += f" (a sample: {ENV_SAMPLE}) Then: {UP}"
        told = isinstance(error.__cause__, UnicodeDecodeError)  # above: it is not plain
        for line in () if told else said[1:] if isinstance(error.__cause__, ValidationError) else said:
            yield Diagnosis(False, f".env: {line.strip()}", what_next)
        return
    for number in unread(path):
        yield Diagnosis(
            False,
            f".env: line {number} can't be read, so it does not count",
            f"correct or delete that line in {path}: the form is NAME=value",
        )
    yield _rights(path)
    yield from _key(now)
    yield from _clashes(now)


def _rights(path: Path) -> Diagnosis:
    """Check that only its owner can read `.env`."""
    shown = rights.readers(path)
    if not shown:
        return Diagnosis(True, f".env: {path}")
    if not rights.keeps_rights(path.parent):
        return Diagnosis(
            True, f".env: {path}; this disk keeps no rights, so every user of this machine can read it"
        )
    if path.stat().st_uid != os.geteuid():
        return Diagnosis(
            False, f".env: other users can read it ({shown}), and it is not yours", f"sudo chown $USER {path}"
        )
    return Diagnosis(False, f".env: other users can read it ({shown})", UP)


def _key(now: Settings) -> Iterator[Diagnosis]:
    """Check the form of the key. Shows no more of it than its length."""
    key, exported = now.openai_api_key, os.environ.get("OPENAI_API_KEY")
    where = f"edit OPENAI_API_KEY in {HOME / '.env'}"
    if now.is_practice:
        yield Diagnosis(
            True, "key: none, so the practice model answers" if not _env_has_key() else "key: practice model"
        )
    elif key != key.strip() or re.search(r"\s|[\"']", key):
        yield Diagnosis(False, "key: it holds a blank or a quotation mark", where)
    elif key.lower().strip() == "practice":
        yield Diagnosis(False, f"key: {key!r} is not `practice`, which is written in small letters", where)
    elif now.upstream_base_url == Settings.model_fields["upstream_base_url"].default and not key.startswith(
        "sk-"
    ):
        yield Diagnosis(
            False, f"key: OpenAI's keys begin with sk-; this one ({len(key)} characters) does not", where
        )
    else:
        yield Diagnosis(
            True, f"key: a real one ({len(key)} characters); calls are charged by {now.upstream_name}"
        )
        yield from _refused(now)
    if exported and exported != key:
        yield Diagnosis(True, "key: the shell exports another OPENAI_API_KEY; .env decides")
    if any(part in now.upstream_base_url for part in (now.gateway_url, f"localhost:{now.gateway_port}")):
        yield Diagnosis(
            False,
            "upstream: UPSTREAM_BASE_URL is the gateway itself",
            f"take UPSTREAM_BASE_URL out of {HOME / '.env'}",
        )


def _env_has_key() -> bool:
    return bool(dotenv_values(HOME / ".env").get("OPENAI_API_KEY"))


def _refused(now: Settings) -> Iterator[Diagnosis]:
    """Check on the bill whether the provider refused the last hour's newest call with 401."""
    try:
        rows = Gateway(now.gateway_url).bill(time.time() - 3600)["rows"]
    except LabError:
        return  # the gateway is down; `services` reports that
    sent = [row for row in rows if not row["practice"] and not row["fault"]]
    if sent and sent[-1]["status"] == 401:
        when = time.strftime("%H:%M", time.localtime(sent[-1]["started"]))
        yield Diagnosis(
            False,
            f"key: {now.upstream_name} refused it at {when} (status 401)",
            f"put a valid one into {HOME / '.env'} (or OPENAI_API_KEY=practice), then run the first cell of "
            "the notebook again",
        )


def _clashes(now: Settings) -> Iterator[Diagnosis]:
    """Find two services on one port, and values in `.env` that point to another gateway."""
    ports: dict[int, list[str]] = {}
    for name in Settings.model_fields:
        if name.endswith("_port"):
            ports.setdefault(getattr(now, name), []).append(name.upper())
    for port, names in ports.items():
        if len(names) > 1:
            yield Diagnosis(
                False, f"ports: {' and '.join(names)} are both {port}", f"change one in {HOME / '.env'}"
            )
    values = dotenv_values(HOME / ".env")
    for name, ours, why in (
        (
            "OPENAI_BASE_URL",
            now.model_base_url,
            "model calls would pass by the gateway, its bill and its faults",
        ),
        ("TEMPORAL_ADDRESS", now.temporal_address, "programs in a terminal would look for Temporal there"),
        ("NOTICE_BOARD_URL", now.weather_service_url, "programs in a terminal would write notices there"),
    ):
        said = (values.get(name) or ours).rstrip("/")
        if said not in (ours, ours.replace("127.0.0.1", "localhost")):
            other = "   (another endpoint goes into UPSTREAM_BASE_URL)" if name == "OPENAI_BASE_URL" else ""
            yield Diagnosis(False, f"{name} is {said}: {why}", f"in {HOME / '.env'}: {name}={ours}{other}")
