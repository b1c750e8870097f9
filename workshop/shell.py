"""Shell commands: those we print for somebody to paste, and those a log names."""

import shlex
from pathlib import Path


def line(*words: str | Path) -> str:
    """Return a command line with every word quoted where a shell would split or expand it."""
    return shlex.join(map(str, words))
