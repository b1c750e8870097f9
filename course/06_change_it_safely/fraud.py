# task C: before anything else, check_fraud; a run that has begun without it must go on without it
