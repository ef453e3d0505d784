"""Starts one server, and ends it again, with all processes that it has started."""

import contextlib
import os
import resource
import signal
import socket
import subprocess
import time

PATIENCE = 20


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def restrict_to(cores):
    """For preexec_fn: those of `cores` that there are, and every descriptor that is allowed."""
    def restrict():
        os.sched_setaffinity(0, set(cores) & os.sched_getaffinity(0) or {0})
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return restrict


def wait_for(port, process):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"it ended with status {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.05)
    raise RuntimeError("it does not listen")


@contextlib.contextmanager
def running(peer, log, prefix=(), environment=None):
    """Runs `peer`; yields its process and port."""
    port = free_port()
    process = subprocess.Popen(
        [*prefix, *peer.command(port)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
        env=os.environ | peer.environment() | (environment or {}), start_new_session=True,
        preexec_fn=restrict_to(peer.cores))
    try:
        wait_for(port, process)
        yield process, port
    finally:
        stop(process)


def stop(process):
    # The group is that of the process, which leads a session of its own.
    for order in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, order)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
            return
