"""The settings in force in a running service: those of `.env` as it is now, or the last good ones."""

from __future__ import annotations

import logging

from workshop.config import ENV_FILE, Settings, settings
from workshop.errors import UnreadableSettings

log = logging.getLogger("workshop.services")

_settings: tuple[object, Settings] | None = None
_trouble = ""


def current_settings() -> Settings:
    """Return the current settings. `.env` is read again only after an edit, which costs less.

    While `.env` can't be read, or has a value that makes no sense, the last good settings count.
    """
    global _settings, _trouble
    edited = _edited()
    if _settings is None or edited != _settings[0]:
        try:
            _settings, _trouble = (edited, settings()), ""
        except UnreadableSettings as error:
            if _settings is None:
                raise
            _settings, _trouble = (edited, _settings[1]), _in_words(error)
            log.error("%s is not in force, the settings before it are: %s", ENV_FILE, _trouble)
    return _settings[1]


def trouble() -> str:
    """Return what is wrong with `.env` as it is now; empty if it is in force."""
    return _trouble


def _in_words(error: UnreadableSettings) -> str:
    """Return what is wrong, in one line; the last one of the message says what to type."""
    return " ".join(line.strip() for line in str(error).splitlines()[:-1])


def _edited() -> object:
    """Return a value that changes with every edit of `.env`."""
    try:
        found = ENV_FILE.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino
