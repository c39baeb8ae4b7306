"""Ignores the polite signals."""

import signal

signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
print("not listening to you", flush=True)
while True:
    signal.pause()
