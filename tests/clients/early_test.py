"""Answers that come before the content of a request has: every one is received whole."""

import http.client
import os
import re
import tempfile
import unittest

from harness import HANDLERS, PATIENCE, Server, main, receive_all, run

TIMES = 100
SIZE = 5_000_000
CONTENT = bytes(SIZE)
CHUNKED = b"".join(b"10000\r\n" + CONTENT[at:at + 65536] + b"\r\n" for at in range(0, SIZE - 65536, 65536)) + b"0\r\n\r\n"
REFUSED = (b'{"title":"Content Too Large","status":413,"detail":"The content is larger than this route allows.",'
           b'"request_id":"-"}\n')
REQUEST_ID = re.compile(rb'(?<="request_id":")[0-9a-f]{16}(?=")')

# path, framing: what is answered, with which content
CASES = {
    ("/limited", "length"): (413, REFUSED),
    ("/limited", "chunked"): (413, REFUSED),
    ("/early", "length"): (200, b"answered early\n"),
    ("/early-plain", "chunked"): (200, b"answered early\n"),
}


class EarlyAnswer(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("serve", "--load", HANDLERS, "--access-log", "false")
        cls.content = tempfile.NamedTemporaryFile()
        cls.content.write(CONTENT)
        cls.content.flush()

    @classmethod
    def tearDownClass(cls):
        # Nobody may keep the server waiting: all clients have closed.
        status = cls.server.stop()
        cls.server.__exit__()
        cls.content.close()
        assert status == 0, status

    @staticmethod
    def each():
        for (path, framing), (status, content) in CASES.items():
            for expects in (False, True):
                yield path, framing, expects, status, content

    def check(self, status, content, got_status, got_content):
        self.assertEqual(got_status, status)
        self.assertEqual(REQUEST_ID.sub(b"-", got_content), content)

    def test_curl(self):
        """curl receives an early answer to 5 MB whole, 100 times of 100 (S17 S22 S23)"""
        for path, framing, expects, status, content in self.each():
            fields = ["-H", "Expect: 100-continue" if expects else "Expect:"]
            if framing == "chunked":
                fields += ["-H", "Transfer-Encoding: chunked"]
            uploads = ["-T", self.content.name, self.server.url + path] * 10
            for _ in range(TIMES // 10):
                done = run("curl", "--silent", "--show-error", "--max-time", str(PATIENCE), "-X", "POST", *fields,
                           "-w", "%{http_code}\n", *uploads)
                self.assertEqual((done.returncode, done.stderr), (0, ""))
                self.assertEqual(REQUEST_ID.sub(b"-", done.stdout.encode()), (content + b"%d\n" % status) * 10)

    def test_python(self):
        """Python's http.client receives an early answer to 5 MB whole, 100 times of 100 (S17 S22 S23)"""
        for path, framing, expects, status, content in self.each():
            fields = {"Expect": "100-continue"} if expects else {}
            pieces = [CONTENT[at:at + 65536] for at in range(0, SIZE, 65536)]
            for _ in range(TIMES):
                client = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
                client.request("POST", path, body=CONTENT if framing == "length" else iter(pieces),
                               headers=fields, encode_chunked=framing == "chunked")
                answer = client.getresponse()
                self.check(status, content, answer.status, answer.read())
                client.close()

    def test_socket(self):
        """A socket that sends all 5 MB first receives the early answer whole and no reset, 100 times of 100 (S22 S23)"""
        for path, framing, expects, status, content in self.each():
            head = (f"POST {path} HTTP/1.1\r\nHost: a\r\n"
                    + (f"Content-Length: {SIZE}\r\n" if framing == "length" else "Transfer-Encoding: chunked\r\n")
                    + ("Expect: 100-continue\r\n" if expects else "") + "\r\n").encode()
            body = CONTENT if framing == "length" else CHUNKED
            for _ in range(TIMES):
                with self.server.connect() as client:
                    client.sendall(head)
                    client.sendall(body)
                    received = receive_all(client)
                interim, expected = b"HTTP/1.1 100 Continue\r\n\r\n", f"HTTP/1.1 {status} ".encode()
                received = received.removeprefix(interim)
                self.assertTrue(received.startswith(expected), received)
                answer_head, _, answer = received.partition(b"\r\n\r\n")
                self.assertIn(b"\r\nConnection: close", answer_head)
                self.check(status, content, status, answer)

    def test_refused_expectation(self):
        """A client that waits for 100 Continue is refused without it and may keep its content (S16 S17)"""
        head = f"POST /limited HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: {SIZE}\r\n\r\n".encode()
        for _ in range(TIMES):
            with self.server.connect() as client:
                client.sendall(head)
                received = receive_all(client)
            self.assertTrue(received.startswith(b"HTTP/1.1 413 "), received)
            self.assertTrue(REQUEST_ID.sub(b"-", received).endswith(b"\r\n\r\n" + REFUSED), received)

    def test_chunked_is_counted(self):
        """Chunked content is refused once the count passes the limit, not before and not at its end (S17)"""
        for size in (1_000_000, 1_000_001):
            with self.subTest(size=size), self.server.connect() as client:
                client.sendall(b"POST /limited HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                client.sendall(b"%x\r\n" % size + bytes(size) + b"\r\n")
                if size == 1_000_000:
                    client.sendall(b"0\r\n\r\n")
                    self.assertIn(b"HTTP/1.1 200 OK", client.recv(65536))
                else: # the end of the content is still to come
                    self.assertIn(b"HTTP/1.1 413 ", client.recv(65536))

    def test_little_content_keeps_the_connection(self):
        """Little content that nobody took is discarded and the connection serves on, 100 times of 100 (S22 S23)"""
        client = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=PATIENCE)
        client.connect()
        first = client.sock
        for _ in range(TIMES):
            client.request("POST", "/early", body=CONTENT[:200_000])
            answer = client.getresponse()
            self.check(200, b"answered early\n", answer.status, answer.read())
            self.assertIs(client.sock, first)
        client.close()


if __name__ == "__main__":
    main()
