"""The checks of exercise 03: the storm notifier, durable."""

from workshop.checks.exercises.stage03 import durable, kills, starter, own  # isort: skip  # in the order of the tasks

__all__ = ["durable", "kills", "own", "starter"]
