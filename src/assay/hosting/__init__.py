"""Runs the users' scripts, in a process of their own. Import its modules: this one stays empty."""
