"""How a run becomes a picture: layout, bars, the sections around them, and the SVG writer. `workshop.timeline` is the door."""
