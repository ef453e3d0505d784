"""More clients than descriptors, or than connections allowed: nobody is lost without a word."""

import http.client
import os
import socket
import tempfile
import unittest

from harness import HANDLERS, PATIENCE, Server, main, receive_all, wait_until

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
LAST_REQUEST = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"


class Crowd:
    """Clients that have all sent a request and keep their connections."""

    def __init__(self, server, count):
        self.waiting = set()
        self.served = set()
        self.refused = set()
        for _ in range(count):
            client = server.connect()
            client.sendall(REQUEST)
            self.waiting.add(client)

    def look(self):
        """Takes what has come without waiting. An end without an answer, or a reset, is an error."""
        for client in list(self.waiting):
            client.setblocking(False)
            try:
                answer = client.recv(65536)
            except BlockingIOError:
                continue
            if answer.startswith(b"HTTP/1.1 200 "):
                self.served.add(client)
            elif answer.startswith(b"HTTP/1.1 503 "):
                assert b"\r\nRetry-After: " in answer and b"\r\nConnection: close\r\n" in answer, answer
                client.settimeout(PATIENCE)
                assert receive_all(client) == b""
                self.refused.add(client)
            else:
                raise AssertionError(f"lost with {answer!r}")
            self.waiting.remove(client)

    def wait(self):
        """Looks until nobody waits any more."""
        def all_told():
            self.look()
            return not self.waiting

        wait_until(all_told, "everybody has an answer")

    def close(self):
        for client in self.waiting | self.served | self.refused:
            client.close()


class Exhausted(unittest.TestCase):
    def ask(self, server):
        client = http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE)
        client.request("GET", "/healthz")
        status = client.getresponse().status
        client.close()
        return status

    def test_descriptors(self):
        """With 40 descriptors 100 clients are served or told 503, none is lost, and the server recovers (S57)"""
        with Server("serve", "--threads", "2", prefix=("prlimit", "--nofile=40")) as server:
            crowd = Crowd(server, 100)
            self.addCleanup(crowd.close)
            crowd.wait()
            print(f"40 descriptors: {len(crowd.served)} served, {len(crowd.refused)} told 503", flush=True)
            self.assertGreater(len(crowd.served), 10)
            self.assertGreater(len(crowd.refused), 10)
            # Who is served keeps its connection and is served again.
            for client in crowd.served:
                client.settimeout(PATIENCE)
                client.sendall(LAST_REQUEST)
                self.assertTrue(receive_all(client).endswith(b"\r\n\r\nok"))
            crowd.close()
            wait_until(lambda: self.ask(server) == 200, "descriptors are free again")
            self.assertEqual({self.ask(server) for _ in range(50)}, {200})
            self.assertEqual(server.stop(), 0, server.read_log())

    def test_files(self):
        """Without a descriptor for a file its client is told 503 and when to come again (S57)"""
        with tempfile.TemporaryDirectory() as folder, \
                Server("serve", "--root", folder, "--uploads", folder, "--threads", "1",
                       prefix=("prlimit", "--nofile=40")) as server:
            with open(os.path.join(folder, "page"), "w") as page:
                page.write("x")
            # Connections have taken all descriptors once somebody is told 503.
            crowd = Crowd(server, 100)
            self.addCleanup(crowd.close)
            crowd.wait()
            client = crowd.served.pop()
            self.addCleanup(client.close)
            client.settimeout(PATIENCE)
            for method, target in (("GET", "/page"), ("PUT", "/uploads/new"), ("POST", "/uploads/page")):
                client.sendall(f"{method} {target} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".encode())
                answer = client.recv(65536)
                self.assertTrue(answer.startswith(b"HTTP/1.1 503 "), answer)
                self.assertIn(b"\r\nRetry-After: 1\r\n", answer)
            self.assertEqual(os.listdir(folder), ["page"])

    def test_refused_upload(self):
        """A client that sends more than a head is told 503 as well when descriptors run out (S57)"""
        with Server("serve", "--load", HANDLERS, "--threads", "1", prefix=("prlimit", "--nofile=24")) as server:
            crowd = Crowd(server, 30)
            self.addCleanup(crowd.close)
            content = bytes(50_000)
            head = b"POST /early HTTP/1.1\r\nHost: a\r\nContent-Length: 50000\r\n\r\n"
            for _ in range(20):
                with server.connect() as client:
                    client.sendall(head + content)
                    self.assertTrue(receive_all(client).startswith(b"HTTP/1.1 503 "))

    def test_connection_limit(self):
        """Past --max-connections clients wait, and each is served once another has gone (S57)"""
        with Server("serve", "--max-connections", "5", "--threads", "2") as server:
            crowd = Crowd(server, 50)
            self.addCleanup(crowd.close)
            answered = 0
            while crowd.waiting:
                def somebody_served():
                    crowd.look()
                    return crowd.served

                wait_until(somebody_served, "somebody who waited is served")
                self.assertLessEqual(len(crowd.served), 5)
                crowd.served.pop().close()
                answered += 1
            self.assertEqual(answered + len(crowd.served), 50)
            self.assertEqual(crowd.refused, set())
            crowd.close()
            self.assertEqual(self.ask(server), 200)
            self.assertEqual(server.stop(), 0, server.read_log())


if __name__ == "__main__":
    main()
