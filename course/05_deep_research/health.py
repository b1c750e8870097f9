is_healthy = True
