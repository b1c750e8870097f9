"""The checks of exercise 01: a plain agent that chooses between reading and posting."""

from workshop.checks.exercises.stage01 import tasks

__all__ = ["tasks"]
