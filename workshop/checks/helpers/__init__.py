"""Small programs that checks start as separate processes."""

from pathlib import Path


def program(name: str) -> str:
    """Return the path of one of these programs."""
    return str(Path(__file__).parent / name)
