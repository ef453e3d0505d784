"""Runs the server binary for a test and stops it again.

A test that shows a rule of docs/conformance.md has a docstring of one line, a claim that ends in its
rules: "... (S22 S23)"."""

import contextlib
import http.client
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
# A library of handlers that misbehave, for --load; GET /notes says what happened to them.
HANDLERS = os.environ["SLUICE_HANDLERS"]
PATIENCE = 30


class Running:
    """A process that serves, with its standard output; it is gone at the end."""

    process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(PATIENCE)
        self.process.stdout.close()

    def stop(self):
        """Stops gracefully. Returns the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


class Server(Running):
    """The binary on a free port; its log in a file that a failing test prints."""

    def __init__(self, *arguments, prefix=()):
        self.log = tempfile.NamedTemporaryFile(mode="w+", suffix=".log")
        self.process = subprocess.Popen(
            [*prefix, BINARY, *arguments, "--port", "0"],
            stdout=subprocess.PIPE, stderr=self.log, stdin=subprocess.DEVNULL, text=True)
        line = self.process.stdout.readline()
        found = re.search(r"listening on http://([\d.]+):(\d+) .*holds at most [^,]*, (\d+) octets", line)
        if not found:
            self.process.kill()
            self.process.wait(PATIENCE)
            raise AssertionError(f"no listening line but {line!r}: {self.read_log()}")
        self.host = found.group(1)
        self.port = int(found.group(2))
        self.bound = int(found.group(3))
        self.url = f"http://{self.host}:{self.port}"
        self.ws = f"ws://{self.host}:{self.port}"

    def __exit__(self, *_):
        super().__exit__()
        self.log.close()

    def read_log(self):
        with open(self.log.name) as log:
            return log.read()

    def access(self, target):
        """The lines of the access log for this target, each as (status, octets sent, outcome)."""
        line = re.compile(r' access \S+ "\S+ ' + re.escape(target) + r'" (\d+) in=\d+ out=(\d+) .* (\S+)$')
        found = filter(None, map(line.search, self.read_log().splitlines()))
        return [(int(one.group(1)), int(one.group(2)), one.group(3)) for one in found]

    def outcomes(self, target, count=1):
        """The outcomes of requests for this target, once there are `count` of them."""
        wait_until(lambda: len(self.access(target)) >= count, f"{count} requests of {target} are over")
        return [outcome for _, _, outcome in self.access(target)]

    def notes(self, patience=PATIENCE):
        """What happened to the handlers of HANDLERS, and how often."""
        with contextlib.closing(http.client.HTTPConnection(self.host, self.port, timeout=patience)) as client:
            client.request("GET", "/notes")
            lines = client.getresponse().read().decode().splitlines()
        return {what: int(times) for what, _, times in (line.rpartition(" ") for line in lines)}

    def wait_for_note(self, what, times=1):
        wait_until(lambda: self.notes().get(what, 0) >= times, f"{what!r} was noted {times} times")

    def resident(self):
        """Octets of resident memory."""
        with open(f"/proc/{self.process.pid}/statm") as statm:
            return int(statm.read().split()[1]) * resource.getpagesize()

    def peak(self):
        """The most octets of resident memory so far."""
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(r"VmHWM:\s+(\d+) kB", status.read()).group(1)) * 1024

    def connect(self):
        return socket.create_connection((self.host, self.port), PATIENCE)

    def upgrade(self, target, client=None):
        """A socket, a new one unless given, whose other end has become a WebSocket."""
        client = client or self.connect()
        client.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                       "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            # What follows the head stays where it is.
            there = head + client.recv(4096, socket.MSG_PEEK)
            assert len(there) > len(head), head
            end = there.find(b"\r\n\r\n")
            head += client.recv((len(there) if end < 0 else end + 4) - len(head))
        assert head.startswith(b"HTTP/1.1 101 "), head
        return client


def frame(content, kind=2):
    """A masked frame with a key of zeros; binary unless `kind` says otherwise."""
    size = len(content)
    assert size < 65536
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes((0x80 | kind,)) + length + bytes(4) + content


def receive_all(client):
    """Receives to the end of the stream; a reset raises ConnectionResetError."""
    received = bytearray()
    while piece := client.recv(65536):
        received += piece
    return bytes(received)


def allow_descriptors(count):
    """Lets this process and its children have so many, as far as it may."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count:
        most = count if hard == resource.RLIM_INFINITY else min(count, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


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
