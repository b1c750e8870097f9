"""The checks of exercise 07: Ada's help desk, in front of users. Each of them kills the worker once."""

from workshop.checks.exercises.stage07 import long, page, secret, budget  # isort: skip  # in the order of the tasks

__all__ = ["budget", "long", "page", "secret"]
