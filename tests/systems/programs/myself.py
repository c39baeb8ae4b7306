"""Says who it is, what it may use, and what happens to it when its parent ends."""

import ctypes
import os
import resource
import signal
import time
from pathlib import Path

death = ctypes.c_int()
ctypes.CDLL(None).prctl(2, ctypes.byref(death))
Path(os.environ["MINE"], "written").write_text("")
print(
    f"uid={os.getuid()}",
    f"groups={len(os.getgroups())}",
    f"cpus={sorted(os.sched_getaffinity(0))}",
    f"data={resource.getrlimit(resource.RLIMIT_DATA)[0]}",
    f"files={resource.getrlimit(resource.RLIMIT_NOFILE)[0]}",
    f"death={death.value}",
    f"leader={os.getsid(0) == os.getpid()}",
    f"pipe={signal.getsignal(signal.SIGPIPE) is not None}",
    f"cwd={Path.cwd()}",
    "end",
    flush=True,
)
time.sleep(600)
