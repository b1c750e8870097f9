"""What notebooks and checks both use: one lesson's files, services and figures."""
