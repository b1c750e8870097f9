headers: dict[str, str] = {}
