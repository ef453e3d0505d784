"""Clients that stop reading, and handlers that send without waiting: memory stands still, the write deadline ends it."""

import http.client
import socket
import time
import unittest

from harness import HANDLERS, PATIENCE, Server, allow_descriptors, main

MEBIBYTE = 1024 * 1024
DOWNLOAD = "/download?octets=10000000000"
THOUSAND = 1000
DEADLINE = ("--write-deadline", "2s")
# A thousand connections at their caps are to fit into any machine, and a leak is to show.
SMALL = ("--output-cap", "256K", "--high-water", "64K", "--max-message-size", "64K",
         "--send-buffer", "32K", "--receive-buffer", "16K", "--write-deadline", "3s")


def deaf(server, target, upgrade=False):
    """A client that asks for `target` and reads no further than that an answer has begun."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(PATIENCE)
    client.connect((server.host, server.port))
    if upgrade:
        return server.upgrade(target, client)
    client.sendall(f"GET {target} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
    return client


def was_reset(client):
    """Whether a reset comes behind what the client has not read."""
    try:
        while client.recv(65536):
            pass
        return False
    except ConnectionResetError:
        return True


class Deaf(unittest.TestCase):
    def serve_others_until_over(self, server, target, count):
        end = time.monotonic() + PATIENCE
        while len(server.access(target)) < count:
            self.assertLess(time.monotonic(), end, "the write deadline ends all of them")
            other = http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE)
            other.request("GET", "/healthz")
            self.assertEqual(other.getresponse().read(), b"ok")
            other.close()
            time.sleep(0.05)

    def assert_held(self, target, count, *limits, upgrade=False):
        """Returns what the handlers noted."""
        with Server("demo", "--load", HANDLERS, *(limits or DEADLINE)) as server:
            server.notes() # what a first request takes once
            before = server.peak()
            clients = [deaf(server, target, upgrade) for _ in range(count)]
            over = len(server.access(target))
            self.serve_others_until_over(server, target, count)
            grown = server.peak() - before
            print(f"{target}: {count - over} clients at once, {grown} octets at most, {grown // count} a client of {server.bound} "
                  "allowed", flush=True)
            self.assertLess(grown, count * server.bound + MEBIBYTE)
            self.assertEqual(set(server.outcomes(target, count)), {"write_deadline"})
            self.assertTrue(all(map(was_reset, clients)), "the truncation shows")
            notes = server.notes()
            for client in clients:
                client.close()
            self.assertEqual(server.stop(), 0, server.read_log())
            return notes

    def test_download(self):
        """A reader that stops in a 10 GB download costs less than the bound and is ended (S47 S49 S54)"""
        self.assert_held(DOWNLOAD, 1)

    def test_thousand_downloads(self):
        """A thousand readers that stop cost less than a thousand bounds and are ended (S47 S49 S54)"""
        self.assert_held(DOWNLOAD, THOUSAND, *SMALL)

    def assert_flood(self, target, count, *limits, upgrade=False):
        notes = self.assert_held(target, count, *limits, upgrade=upgrade)
        # At least 32 pieces of 64 KiB, of which the cap admits a few.
        self.assertGreaterEqual(notes["flood refused at the cap"], 10 * count)
        self.assertEqual(notes["flood sent"], count)
        self.assertEqual(notes["flood ended"], count)

    def test_flood(self):
        """A handler that sends without waiting is refused at the cap and its client ended (S47 S48)"""
        self.assert_flood("/flood?pieces=1000", 1)

    def test_floods_from_threads(self):
        """Handlers that flood from threads of their own are refused at the cap too (S47 S48)"""
        self.assert_flood("/flood-thread?pieces=1000", 8, *DEADLINE, "--threads", "1")

    def test_thousand_floods(self):
        """A thousand handlers that send without waiting stay below a thousand bounds (S47 S48)"""
        self.assert_flood("/flood?pieces=32", THOUSAND, *SMALL)

    def test_thousand_pooled_floods(self):
        """A thousand handlers in the pool that send without waiting stay below a thousand bounds (S47 S48)"""
        self.assert_flood("/flood-pooled?pieces=32", THOUSAND, *SMALL)

    def test_thousand_web_socket_floods(self):
        """A thousand WebSocket handlers that send without waiting stay below a thousand bounds (S47 S48)"""
        self.assert_flood("/flood?pieces=32", THOUSAND, *SMALL, upgrade=True)


if __name__ == "__main__":
    allow_descriptors(4 * THOUSAND)
    main()
