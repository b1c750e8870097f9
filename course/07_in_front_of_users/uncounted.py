pass  # nothing is counted
