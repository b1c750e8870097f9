"""What a notebook and a check both stand on: one lesson's files, services and figures."""
