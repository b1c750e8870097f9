"""Releases a build, or rolls one back: python release.py v2. A worker of that build must be running."""

import subprocess
import sys
from pathlib import Path

DEPLOYMENT = "refund-exercise"
TEMPORAL = Path(sys.executable).with_name("temporal")


def command(build_id: str) -> list[str]:
    """The command that sends new runs to this build from now on."""
    ### BEGIN SOLUTION: return the words of the lesson's command as a list, the path in TEMPORAL first
    words = ["worker", "deployment", "set-current-version", "--deployment-name", DEPLOYMENT, "--build-id", build_id, "--yes"]
    return [str(TEMPORAL), *words]
    ### END SOLUTION


if __name__ == "__main__":
    sys.exit(subprocess.run(command(sys.argv[1]), check=False).returncode)
