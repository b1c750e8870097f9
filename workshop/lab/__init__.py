"""What a notebook opens: the Lab, its displays, panels and chaos."""

from workshop.lab.lab import Lab

__all__ = ["Lab"]
