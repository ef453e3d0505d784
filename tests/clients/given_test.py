"""Sockets that a service manager opened: LISTEN_FDS, and what it is told by NOTIFY_SOCKET."""

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from harness import BINARY, HANDLERS, PATIENCE, Running, Server, main, run

# Puts the descriptors that it is given at 3 and on, as a manager does, and becomes the program.
LAUNCH = """
import fcntl, os, sys
split = sys.argv.index("--")
given = [int(one) for one in sys.argv[1:split]]
kept = [fcntl.fcntl(one, fcntl.F_DUPFD, 100) for one in given]
for one in given:
    os.close(one)
for place, one in enumerate(kept, 3):
    os.dup2(one, place)
    os.close(one)
os.environ.setdefault("LISTEN_FDS", str(len(kept)))
os.environ.setdefault("LISTEN_PID", str(os.getpid()))
os.execv(sys.argv[split + 1], sys.argv[split + 1:])
"""


def command(sockets, *arguments):
    given = [str(one.fileno()) for one in sockets]
    return [sys.executable, "-c", LAUNCH, *given, "--", BINARY, "demo", "--log-level", "error",
            *arguments]


class Given(Running):
    """The binary with these sockets, and its first line."""

    def __init__(self, sockets, *arguments, **environment):
        self.process = subprocess.Popen(
            command(sockets, *arguments), pass_fds=[one.fileno() for one in sockets],
            env={**os.environ, **environment}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)
        self.line = self.process.stdout.readline()


def listening():
    return socket.create_server(("127.0.0.1", 0))


def ask(client):
    client.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")


def answer(client):
    received = b""
    while piece := client.recv(4096):
        received += piece
    return received


def connect(to):
    return socket.create_connection(to.getsockname(), PATIENCE)


class GivenSockets(unittest.TestCase):
    def assert_answered(self, client):
        received = answer(client)
        self.assertTrue(received.startswith(b"HTTP/1.1 200 "), received)

    def test_clients_that_waited_are_answered(self):
        """Also those that came while nobody ran: between two starts nothing is refused."""
        with listening() as place:
            for _ in range(2):
                with connect(place) as early:
                    ask(early)
                    with Given([place]) as server:
                        self.assert_answered(early)
                        early.close()
                        with connect(place) as late:
                            ask(late)
                            self.assert_answered(late)
                        self.assertEqual(server.stop(), 0)

    def test_flags_bind_nothing_and_the_line_says_so(self):
        with listening() as place, listening() as taken:
            port = place.getsockname()[1]
            with Given([place], "--port", str(taken.getsockname()[1])) as server:
                self.assertRegex(server.line, rf"listening on http://127\.0\.0\.1:{port} \(given")
                self.assertEqual(server.stop(), 0)

    def test_several_for_each_loop(self):
        with tempfile.TemporaryDirectory() as folder, listening() as place, listening() as other, \
                socket.socket(socket.AF_UNIX) as local:
            path = os.path.join(folder, "s")
            local.bind(path)
            local.listen()
            with Given([place, local, other], "--threads", "3") as server:
                named = re.search(r"listening on (.*) \(given", server.line).group(1).split(", ")
                self.assertEqual(named, [f"http://127.0.0.1:{place.getsockname()[1]}", f"unix:{path}",
                                         f"http://127.0.0.1:{other.getsockname()[1]}"])
                for _ in range(20):
                    for target in (place, other):
                        with connect(target) as client:
                            ask(client)
                            self.assert_answered(client)
                    with socket.socket(socket.AF_UNIX) as client:
                        client.settimeout(PATIENCE)
                        client.connect(path)
                        ask(client)
                        self.assert_answered(client)
                self.assertEqual(server.stop(), 0)
            self.assertTrue(os.path.exists(path), "the path is the manager's")

    def assert_refused(self, sockets, names, **environment):
        done = run(*command(sockets), pass_fds=[one.fileno() for one in sockets],
                   env={**os.environ, **environment})
        self.assertEqual(done.returncode, 2, (done.stdout, done.stderr))
        self.assertIn(names, done.stderr)

    def test_other_descriptors_are_refused(self):
        with listening() as place, socket.socket() as idle, open(os.devnull) as null, \
                socket.socket(type=socket.SOCK_DGRAM) as datagrams, connect(place) as connected:
            for wrong in (idle, null, datagrams, connected):
                self.assert_refused([place, wrong], "descriptor 4 ")
            self.assert_refused([place], "descriptor 4 ", LISTEN_FDS="2")
            self.assert_refused([place], "LISTEN_FDS", LISTEN_FDS="some")

    def test_sockets_of_another_process_are_not_touched(self):
        os.environ.update(LISTEN_PID="1", LISTEN_FDS="1")
        try:
            with Server("demo") as server:
                self.assertEqual(run("curl", "-s", server.url + "/healthz").stdout, "ok")
                self.assertEqual(server.stop(), 0)
        finally:
            del os.environ["LISTEN_PID"], os.environ["LISTEN_FDS"]

    def test_the_manager_is_told(self):
        with tempfile.TemporaryDirectory() as folder, listening() as place, \
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.settimeout(PATIENCE)
            manager.bind(os.path.join(folder, "notify"))
            with Given([place], NOTIFY_SOCKET=manager.getsockname()) as server:
                self.assertEqual(manager.recv(100), b"READY=1")
                self.assertEqual(server.stop(), 0)
                self.assertEqual(manager.recv(100), b"STOPPING=1")

    def test_a_watching_manager_is_told_while_the_loops_turn(self):
        """A loop that a handler blocks ends the reports, so that the service is started anew."""
        with tempfile.TemporaryDirectory() as folder, listening() as place, \
                socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            manager.settimeout(PATIENCE)
            manager.bind(os.path.join(folder, "notify"))
            with Given([place], "--threads", "2", "--load", HANDLERS, NOTIFY_SOCKET=manager.getsockname(),
                       WATCHDOG_USEC="50000") as server:
                self.assertEqual(manager.recv(100), b"READY=1")
                for _ in range(10):
                    self.assertEqual(manager.recv(100), b"WATCHDOG=1")
                with connect(place) as client:
                    client.sendall(b"GET /block-loop HTTP/1.1\r\nHost: a\r\n\r\n")
                    manager.settimeout(1)  # forty reports
                    end = time.monotonic() + PATIENCE
                    with self.assertRaises(TimeoutError):
                        while time.monotonic() < end:
                            manager.recv(100)
                self.assertIsNone(server.process.poll())


if __name__ == "__main__":
    main()
