"""Small programs that checks start as processes of their own."""
