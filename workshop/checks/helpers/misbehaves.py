"""A script for the check 05.worker: the learner's worker, whose model breaks its output type."""

from __future__ import annotations

import importlib
import runpy

from agents import ModelBehaviorError


async def clarify(query: str) -> list[str]:
    """Raise in place of `clarify` what `Runner.run` raises for an answer that breaks its output type."""
    raise ModelBehaviorError("the model's answer does not have the form that was asked for")


if __name__ == "__main__":
    importlib.import_module("pipeline").clarify = clarify  # type: ignore[attr-defined]
    runpy.run_path("run_worker.py", run_name="__main__")
