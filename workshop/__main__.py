"""Entry point of the workshop's commands for a bare `python3`, which may lack our packages and may be too
old.

This file, `__init__.py` and `environment.py` keep to Python 3.6 syntax, so that an old interpreter can read
them and say what is missing. All other files may use the Python that the course needs.
"""

import os
import sys

from workshop import environment

MYPY = False
if MYPY:
    from typing import NoReturn

MINIMUM = (3, 11)
OWN = os.path.join(environment.ROOT, ".venv", "bin", "python")
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11", OWN)
PROBE = "import sys; print(sys.executable if sys.version_info >= (3, 11) else '')"
WINDOWS = (
    "The workshop runs on Linux and macOS. On Windows it runs in WSL2, the Linux inside.\n"
    "In PowerShell, once:  wsl --install\n"
    "Then, in the Linux terminal, clone the course into your home folder there, and type: python3 -m "
    "workshop up"
)


def find_newer() -> "str | None":
    """Return the path of a Python that is new enough and really starts (a shim on PATH may not), or None."""
    import subprocess

    for name in NEWER:
        try:
            found = subprocess.check_output([name, "-c", PROBE], stderr=subprocess.DEVNULL).decode().strip()
        except (OSError, subprocess.CalledProcessError):
            continue
        if found:
            return found
    return None


def too_old() -> "NoReturn":
    """Restart the command with a newer Python if there is one; otherwise say what is needed. Never return."""
    version = "Python " + ".".join(str(part) for part in sys.version_info[:3])
    newer = find_newer()
    if newer:
        print(f"python3 is {version} here; going on with {newer}")
        sys.stdout.flush()
        os.execve(newer, [newer, "-m", "workshop", *sys.argv[1:]], environment.handed_on())
    sys.exit(
        f"The workshop needs Python 3.11 or newer; found {version} ({sys.executable}), and no newer one on "
        "PATH.\n"
        "Install one, then type the same command again:\n"
        "  Debian, Ubuntu   sudo apt install python3.11 python3.11-venv   (or python3.12, python3.13)\n"
        "  Fedora           sudo dnf install python3.12\n"
        "  macOS            brew install python@3.13\n"
        "  anywhere         https://www.python.org/downloads/"
    )


def main() -> None:
    """Make or repair `.venv` where needed, continue inside it, and run the command."""
    if sys.platform == "win32":
        sys.exit(WINDOWS)
    environment.enter()
    environment.enter_copy_around()
    if sys.version_info < MINIMUM:
        too_old()
    from workshop.commands import enter

    enter.enter(sys.argv[1:])
    try:
        from workshop import cli
    except ImportError as error:
        enter.repair(error, sys.argv[1:])
    os.environ.pop("WORKSHOP_REPAIRED", None)
    cli.main()


if __name__ == "__main__":
    main()
