"""How the practice model reads a text: words, language, places, people, numbers, shapes, topic."""

from workshop.practice.reading.reading import Reading, read, share_a_row

__all__ = ["Reading", "read", "share_a_row"]
