pass  # nothing is looked at
