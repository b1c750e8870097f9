"""A script for the check 05.worker, run in the learner's folder: the learner's worker, whose model breaks its
output type.
"""

from __future__ import annotations

import importlib
import runpy

from agents import ModelBehaviorError


async def clarify(query: str) -> list[str]:
    """Replace the pipeline's `clarify`: raise what `Runner.run` raises when an answer does not fit the
    agent's output type.
    """
    raise ModelBehaviorError("the model's answer does not have the form that was asked for")


if __name__ == "__main__":
    importlib.import_module("pipeline").clarify = clarify  # type: ignore[attr-defined]
    runpy.run_path("run_worker.py", run_name="__main__")
