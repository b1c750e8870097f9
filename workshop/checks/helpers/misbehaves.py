"""Run by the check 05.worker, in the learner's folder: the learner's worker, with a model that breaks the asked form at once."""

from __future__ import annotations

import importlib
import runpy

from agents import ModelBehaviorError


async def clarify(query: str) -> list[str]:
    """In place of the pipeline's: what `Runner.run` raises when an answer does not fit the agent's output type."""
    raise ModelBehaviorError("the model's answer does not have the form that was asked for")


if __name__ == "__main__":
    importlib.import_module("pipeline").clarify = clarify  # type: ignore[attr-defined]
    runpy.run_path("run_worker.py", run_name="__main__")
