MODEL_CALLS = ModelActivityParameters(
    start_to_close_timeout=timedelta(seconds=120),
    retry_policy=RetryPolicy(maximum_attempts=5),
)
STICKY = timedelta(seconds=10)
