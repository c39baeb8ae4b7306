"""The catalogue's cached reads beside nginx and Redis."""
