"""SIGTERM: what finishes, what is ended by force, and what the exit status and the log say of it."""

import re
import signal
import unittest

from harness import HANDLERS, PATIENCE, Server, frame, main, receive_all, wait_until

CLEAN, FORCED = 0, 1
GOING_AWAY = b"\x88\x18\x03\xe9the server is stopping"


def get(target):
    return f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode()


class Stop(unittest.TestCase):
    def serve(self, *flags, drain_deadline="1s"):
        server = Server("demo", "--load", HANDLERS, "--drain-deadline", drain_deadline, "--cancel-grace", "500ms", *flags)
        self.addCleanup(server.__exit__)
        return server

    def send(self, server, octets):
        client = server.connect()
        self.addCleanup(client.close)
        client.sendall(octets)
        return client

    def upgrade(self, server, target):
        client = server.upgrade(target)
        self.addCleanup(client.close)
        return client

    def assert_forced(self, server, **expected):
        """Stops by force, and the log counts it: what is not expected is zero."""
        self.assertEqual(server.stop(), FORCED, server.read_log())
        said = re.search(r"stopped by force: (\d+) connections dropped; of handlers (\d+) were cancelled, (\d+) killed, "
                         r"(\d+) left; (\d+) event loops stuck", server.read_log())
        self.assertIsNotNone(said, server.read_log())
        names = "dropped", "cancelled", "killed", "left", "stuck"
        self.assertEqual(dict(zip(names, map(int, said.groups()))), {**dict.fromkeys(names, 0), **expected})

    def test_all_finishes(self):
        """A stop lets requests finish, closes what is idle, says 1001 and needs no force (S59)"""
        server = self.serve(drain_deadline="1h")
        idle = self.send(server, get("/healthz"))
        self.assertIn(b"200 OK", idle.recv(4096))
        silent = self.upgrade(server, "/echo")
        working = self.send(server, get("/wait?ms=500"))
        server.wait_for_note("wait started")
        uploading = self.send(server, b"POST /sink HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n"
                                      b"Expect: 100-continue\r\n\r\n")
        self.assertEqual(uploading.recv(4096), b"HTTP/1.1 100 Continue\r\n\r\n")
        uploading.sendall(b"12345")
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(silent.recv(4096), GOING_AWAY)
        silent.sendall(frame(b"\x03\xe9", kind=8))
        for client in (silent, idle):
            self.assertEqual(receive_all(client), b"")
            client.close()
        uploading.sendall(b"67890")
        for client, content in ((working, b"waited\n"), (uploading, b"10\n")):
            answer = receive_all(client)
            self.assertIn(b"\r\nConnection: close\r\n", answer)
            self.assertTrue(answer.endswith(b"\r\n\r\n" + content), answer)
            client.close()
        self.assertEqual(server.process.wait(PATIENCE), CLEAN, server.read_log())
        self.assertIn("info stopped", server.read_log())

    def test_no_new_connections(self):
        """A server that stops takes no new connections while it finishes (S59)"""
        server = self.serve(drain_deadline="1h")
        working = self.send(server, get("/wait?ms=500"))
        server.wait_for_note("wait started")
        server.process.send_signal(signal.SIGTERM)

        def is_refused():
            try:
                server.connect().close()
                return False
            except ConnectionRefusedError:
                return True

        wait_until(is_refused, "connections are refused")
        self.assertTrue(receive_all(working).endswith(b"waited\n"))
        working.close()
        self.assertEqual(server.process.wait(PATIENCE), CLEAN)

    def test_stalled_both_ways(self):
        """A stop ends with stalled reads, stalled writes and a silent WebSocket open (S59)"""
        server = self.serve()
        upload = self.send(server, b"POST /never HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
        server.wait_for_note("never chunk")
        socket_stalled = self.upgrade(server, "/never")
        socket_stalled.sendall(frame(b"abc"))
        server.wait_for_note("never message")
        silent = self.upgrade(server, "/echo")
        deaf = self.send(server, get("/download?octets=10000000000"))
        deaf.recv(1)
        # The WebSockets' handlers are cancelled at once; a client that says nothing to the Close is
        # ended after the drain deadline at the latest, like the upload and the download.
        status = server.stop()
        self.assertEqual(status, FORCED, server.read_log())
        dropped = int(re.search(r"stopped by force: (\d+) connections", server.read_log()).group(1))
        self.assertGreaterEqual(dropped, 2)
        for client in (silent, socket_stalled):
            self.assertTrue(client.recv(4096).startswith(GOING_AWAY))
        with self.assertRaises(ConnectionResetError):
            receive_all(upload)
        with self.assertRaises(ConnectionResetError):
            receive_all(deaf)
        self.assertEqual(server.outcomes("/never", 2).count("draining"), 2, server.read_log())
        self.assertEqual(server.outcomes("/download?octets=10000000000"), ["draining"])

    def test_delay(self):
        """A coroutine that waits is destroyed when the drain deadline has passed (S59 S60)"""
        server = self.serve()
        waiting = self.send(server, get("/wait"))
        server.wait_for_note("wait started")
        self.assert_forced(server, dropped=1, cancelled=1)
        with self.assertRaises(ConnectionResetError):
            receive_all(waiting)
        self.assertEqual(server.outcomes("/wait"), ["draining"])

    def test_stubborn(self):
        """Handlers that ignore their cancellation are killed and counted (S45 S59)"""
        server = self.serve()
        upload = self.send(server, b"POST /stubborn HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
        server.wait_for_note("stubborn chunk")
        silent = self.upgrade(server, "/stubborn")
        server.wait_for_note("stubborn started", 2)
        self.assert_forced(server, dropped=2, cancelled=1, killed=2)

    def test_blocked_thread(self):
        """A handler that blocks its own thread for good is reported as left and does not hold the exit (S59)"""
        server = self.serve()
        self.send(server, get("/block"))
        server.wait_for_note("block started")
        self.assert_forced(server, dropped=1, cancelled=1, killed=1, left=1)

    def test_blocked_loop(self):
        """A handler that blocks its event loop for good does not hold the exit (S59)"""
        server = self.serve("--threads", "2")
        self.send(server, get("/block-loop"))

        def is_blocked():
            try:
                return "block started" in server.notes(patience=0.2)
            except TimeoutError: # the kernel gave this connection to the loop that is stuck
                return False

        wait_until(is_blocked, "a loop is blocked")
        self.assertEqual(server.stop(), FORCED)
        self.assertRegex(server.read_log(), "stopped by force: .* 1 event loops stuck")

    def test_former_handler(self):
        """A handler that works on after its answer is waited for, then cancelled (S59 S60)"""
        server = self.serve()
        client = self.send(server, get("/early-then-wait"))
        self.assertIn(b"answered early", client.recv(4096))
        client.close()
        self.assert_forced(server, cancelled=1)

    def test_second_signal(self):
        """A second signal ends the process at once (S59)"""
        server = self.serve(drain_deadline="1h")
        self.send(server, get("/wait"))
        server.wait_for_note("wait started")
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: "SIGTERM: stopping" in server.read_log(), "the stop has begun")
        server.process.send_signal(signal.SIGINT)
        self.assertEqual(server.process.wait(PATIENCE), FORCED)
        self.assertIn("a second signal, SIGINT: ending at once", server.read_log())


if __name__ == "__main__":
    main()
