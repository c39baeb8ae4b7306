"""The load engine beside wrk and h2load."""
