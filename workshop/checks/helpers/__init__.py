"""Small programs that checks start as separate processes."""
