"""Filling a JSON schema from a text: a tool's arguments, to be found, and structured answers, to be written."""
