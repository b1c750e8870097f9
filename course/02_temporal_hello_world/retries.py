RETRIES = RetryPolicy()  # as it stands: 1 s before the first retry, and never give up
