"""What one types: the commands behind `python3 -m workshop`."""
