"""An event history as a picture, still or live."""

from workshop.timeline.picture import Death, Picture, draw, recorder_of, watch

__all__ = ["Death", "Picture", "draw", "recorder_of", "watch"]
