"""The checks of exercise 06: an approval with a deadline, a replay check, a patched step, a release."""

from workshop.checks.exercises.stage06 import approval, replay, patched, release  # isort: skip  # in the order of the tasks

__all__ = ["approval", "patched", "release", "replay"]
