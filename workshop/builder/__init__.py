"""Notebooks and exercises, made from `course/` and `solutions/`."""
