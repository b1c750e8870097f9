"""The one kind of error that we show to a learner: a message, never a traceback from our code."""

from __future__ import annotations


class LabError(Exception):
    """A problem that a learner can fix. The message says what happened, why, and what to type next."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython prints in place of a traceback, which helps nobody in a lesson."""
        return [str(self)]


class UnreadableSettings(LabError):
    """A `.env` that is not text in UTF-8, or settings that can't be; the last line says what to type."""
