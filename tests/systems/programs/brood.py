"""Has descendants that are hard to find, and names them in a file: `brood.py FILE`.

A plain child; a daemon (forked twice, in a session of its own); a daemon that has neither parent
nor environment, so that only its session shows where it comes from.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

SLEEP = ["sleep", "600"]


def forked_twice(**options: object) -> int:
    """Start SLEEP through a process that ends at once."""
    code = "import subprocess, sys; print(subprocess.Popen(sys.argv[1:], stdout=2, **%r).pid)"
    run = [sys.executable, "-I", "-S", "-W", "ignore", "-c", code % options, *SLEEP]
    return int(subprocess.run(run, stdout=subprocess.PIPE, check=True).stdout)


child = subprocess.Popen(SLEEP)
daemon = forked_twice(start_new_session=True)
orphan = forked_twice(env={"PATH": os.environ["PATH"]})
told = Path(sys.argv[1])
told.with_suffix(".new").write_text(f"{child.pid} {daemon} {orphan}")
told.with_suffix(".new").rename(told)
print("brood is complete", flush=True)
time.sleep(600)
