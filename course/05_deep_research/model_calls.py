MODEL_CALLS = ModelActivityParameters(start_to_close_timeout=timedelta(seconds=120))
