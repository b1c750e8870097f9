"""Filling a JSON schema from a text: a tool's arguments, which must be found, and structured answers, which
may be written.
"""
