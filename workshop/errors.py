"""The one kind of error that the bench shows to a learner: a message, never a traceback of ours."""

from __future__ import annotations


class LabError(Exception):
    """Something a learner can put right. The message says what happened, why, and what to type next."""

    def _render_traceback_(self) -> list[str]:
        """What IPython prints instead of a traceback: where in the bench it was raised helps nobody in a lesson."""
        return [str(self)]


class UnreadableSettings(LabError):
    """A `.env` that is not text in UTF-8."""
