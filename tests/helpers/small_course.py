"""A course of a few lines, for the tests of the builder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import nbformat

from workshop.builder import notebooks

TITLE = "# %% [markdown]\n# # 3 · Title\n"
END = "\n# %% [markdown]\n# The end.\n"
MODULE = '''"""A module."""

import asyncio
from datetime import timedelta

# The queue that worker and starter share.
TASK_QUEUE = "agents-sdk-queue"
LIMIT: int = 3


@staticmethod
def get_weather(state: str) -> str:
    """Alerts."""
    return state


async def main() -> None:
    await asyncio.sleep(timedelta(0).total_seconds())
'''
EXERCISE_MODULE = """def post(notice):
    before(notice)
    ### BEGIN SOLUTION: post with a "key"
    key = notice["id"]
    send(notice, key)
    ### END SOLUTION
    return notice
"""


class Course:
    """A small course in a temporary folder."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("solutions/03_durable_agent/workflow.py", MODULE)

    def write(self, path: str, text: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)

    def lesson(self, body: str, stage: str = "03_durable_agent") -> None:
        self.write(f"course/{stage}/lesson.py", TITLE + body + END)

    def exercise(self, body: str) -> None:
        self.write("course/03_durable_agent/exercise.py", TITLE + body + END)

    def problems(self) -> list[str]:
        return [str(problem) for problem in notebooks.build(self.root).problems]

    def notebook(self, path: str = "notebooks/03_durable_agent.ipynb") -> Any:
        built = notebooks.build(self.root)
        assert built.problems == []
        return nbformat.reads(built.files[Path(path)].decode(), as_version=4)

    def main(self, check: bool = False) -> int:
        return notebooks.main(check, self.root)

    def git(self, *arguments: str) -> str:
        """Git in this course, with nobody's configuration."""
        who = (
            "-c",
            "user.name=x",
            "-c",
            "user.email=x@example.com",
            "-c",
            "init.defaultBranch=main",
            "-c",
            "protocol.file.allow=always",
        )
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.root), "GIT_CONFIG_NOSYSTEM": "1"}
        done = subprocess.run(
            ["git", *who, *arguments], cwd=self.root, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.strip()

    def commit(self) -> str:
        """Commit everything as it is now, and return the commit."""
        if not (self.root / ".git").exists():
            self.git("init", "--quiet")
            self.write(".gitignore", "my_work/\n.lab/\n.env\n")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", "as it is")
        return self.git("rev-parse", "HEAD")
