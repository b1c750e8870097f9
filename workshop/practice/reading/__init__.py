"""How the practice model reads a text: words, language, places, people, numbers, shapes, topic."""

from workshop.practice.reading.reading import Reading, read

__all__ = ["Reading", "read"]
