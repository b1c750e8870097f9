# The worker stands ready. Without your lines, nothing happens here.
