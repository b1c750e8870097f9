RETRIES = RetryPolicy()  # for now: 1 s before the first retry, and never give up
