"""What a notebook opens: the Lab, its displays, its panels, and chaos."""

from workshop.lab.lab import Lab

__all__ = ["Lab"]
