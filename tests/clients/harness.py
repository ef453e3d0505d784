"""Runs the server binary for a test and stops it again."""

import os
import re
import resource
import signal
import socket
import subprocess
import tempfile
import time
import unittest

BINARY = os.environ["SLUICE_BINARY"]
PATIENCE = 30


class Server:
    """The binary on a free port; its log in a file that a failing test prints."""

    def __init__(self, *arguments, prefix=()):
        self.log = tempfile.NamedTemporaryFile(mode="w+", suffix=".log")
        self.process = subprocess.Popen(
            [*prefix, BINARY, *arguments, "--port", "0"],
            stdout=subprocess.PIPE, stderr=self.log, stdin=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"listening on http://127\.0\.0\.1:(\d+) .*holds at most [^,]*, (\d+) octets", line)
        if not found:
            self.process.kill()
            self.process.wait(PATIENCE)
            raise AssertionError(f"no listening line but {line!r}: {self.read_log()}")
        self.port = int(found.group(1))
        self.bound = int(found.group(2))
        self.url = f"http://127.0.0.1:{self.port}"
        self.ws = f"ws://127.0.0.1:{self.port}"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        self.process.stdout.close()
        self.log.close()

    def stop(self):
        """Stops gracefully. Returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)

    def read_log(self):
        with open(self.log.name) as log:
            return log.read()

    def resident(self):
        """Octets of resident memory."""
        with open(f"/proc/{self.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)


def run(*command, **options):
    """Runs a client to its end. Returns the completed process with text output."""
    return subprocess.run(command, capture_output=True, text=True, timeout=60, **options)


def wait_until(holds, what):
    end = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain until {what}")
        time.sleep(0.01)


def main():
    unittest.main(verbosity=2)
