"""Whether the path of a request takes locks: mutexes by a preloaded library, futexes by strace."""

import re
import shutil
import signal
import struct
import subprocess
import time

from driver import measure
from driver.peers import ROOT, WORK
from driver.server import running

LIBRARY = ROOT / "build/release/lib/libbench_mutex_count.so"
COUNTS = WORK / "mutexes"


def mutexes():
    return struct.unpack("QQ", COUNTS.read_bytes()[:16])


def count_mutexes(peer, log, seconds):
    COUNTS.unlink(missing_ok=True)
    environment = {"LD_PRELOAD": str(LIBRARY), "BENCH_MUTEX_FILE": str(COUNTS)}
    with running(peer, log, environment=environment) as (process, port):
        arguments = ["get", "--warm-up", "0", "--seconds", str(seconds)]
        measure.load(peer, process, port, arguments)  # what is done once, is done
        before = mutexes()
        result = measure.load(peer, process, port, arguments)
        after = mutexes()
    return result, after[0] - before[0], after[1] - before[1]


def count_futexes(peer, log, seconds):
    """None where strace is missing or may not trace."""
    if not shutil.which("strace"):
        return None
    with running(peer, log) as (process, port):
        tracer = subprocess.Popen(["strace", "-c", "-f", "-e", "trace=futex", "-p",
                                   str(process.pid)], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.PIPE, text=True)
        time.sleep(0.5)
        result = measure.load(peer, process, port,
                              ["get", "--warm-up", "0", "--seconds", str(seconds)])
        tracer.send_signal(signal.SIGINT)
        summary = tracer.communicate(timeout=10)[1]
    if "attach" in summary and "attached" not in summary:
        return None
    found = re.search(r"(\d+)\s+(?:\d+\s+)?futex$", summary, re.MULTILINE)
    return result["operations"], int(found.group(1)) if found else 0


def count(peer, log, seconds):
    result, locked, waited = count_mutexes(peer, log, seconds)
    counted = count_futexes(peer, log, seconds)
    return result | {
        "mutex_locks": locked,
        "mutex_waits": waited,
        "futex_calls": None if counted is None else counted[1],
        "operations_traced": None if counted is None else counted[0],
    }
