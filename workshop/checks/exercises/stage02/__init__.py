"""The checks of exercise 02: one notice, posted by a workflow."""

from workshop.checks.exercises.stage02 import tasks

__all__ = ["tasks"]
