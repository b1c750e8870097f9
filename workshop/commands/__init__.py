"""The commands behind `python3 -m workshop`."""
