"""An event history as a picture, still or live."""

from workshop.timeline.picture import Death, Picture, draw, watch

__all__ = ["Death", "Picture", "draw", "watch"]
