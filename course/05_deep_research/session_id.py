session_id = f"research-{uuid4()}"
