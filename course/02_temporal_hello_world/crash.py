# The worker is ready. Without your lines, nothing happens here.
