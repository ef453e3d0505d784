#!/usr/bin/env python3
"""What the binary logs and records of requests, and for whom."""

import glob
import http.client
import json
import os
import stat
import subprocess
import tempfile
import unittest

from harness import BINARY, HANDLERS, PATIENCE, Server, main, wait_until

TRACE = "0af7651916cd43dd8448eb211c80319c"
NAMED = {"X-Request-Id": "from-the-proxy", "traceparent": f"00-{TRACE}-b7ad6b7169203331-01", "User-Agent": "a \"test\""}


def get(server, target, fields=None):
    client = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
    client.request("GET", target, headers=fields or {})
    answer = client.getresponse()
    content = answer.read()
    client.close()
    return answer.status, content


class Log(unittest.TestCase):
    def lines(self, server, count):
        """The lines of requests, once there are so many."""
        def found():
            return [line for line in map(json.loads, server.read_log().splitlines()) if line["level"] == "access"]
        wait_until(lambda: len(found()) >= count, f"{count} requests are logged")
        return found()

    def test_json(self):
        """Each line of a log in JSON is an object, and names the request as its answer does"""
        with Server("demo", "--log-format", "json", "--log-query", "false") as server:
            self.assertEqual(get(server, "/plaintext?secret", {"User-Agent": 'a "test" \\'})[0], 200)
            status, content = get(server, "/nothing")
            self.assertEqual(status, 404)
            served, refused = self.lines(server, 2)
            self.assertEqual((served["target"], served["status"], served["protocol"]), ("/plaintext", 200, "HTTP/1.1"))
            self.assertEqual((served["route"], served["user_agent"]), ("/plaintext", 'a "test" \\'))
            self.assertRegex(served["request_id"], "^[0-9a-f]{16}$")
            self.assertRegex(served["trace_id"], "^[0-9a-f]{32}$")
            self.assertEqual(json.loads(content)["request_id"], refused["request_id"])
            self.assertNotEqual(served["request_id"], refused["request_id"])
            self.assertEqual(server.stop(), 0)
            for line in server.read_log().splitlines():
                self.assertIn("time", json.loads(line))
            self.assertNotIn("secret", server.read_log())

    def test_two_servers(self):
        """Servers do not give the same id to two requests"""
        ids = set()
        for _ in range(2):
            with Server("demo", "--log-format", "json") as server:
                get(server, "/plaintext")
                ids.add(self.lines(server, 1)[0]["request_id"])
        self.assertEqual(len(ids), 2)

    def test_trusted_peers(self):
        """What a peer says of a request is taken over from those that are trusted alone"""
        for trusted, is_taken in (("127.0.0.0/8", True), ("10.0.0.0/8,unix", False), (None, False)):
            with self.subTest(trusted=trusted):
                flags = ["--trusted-peers", trusted] if trusted else []
                with Server("demo", "--log-format", "json", *flags) as server:
                    status, content = get(server, "/nothing", NAMED)
                    line, = self.lines(server, 1)
                    self.assertEqual(line["request_id"] == "from-the-proxy", is_taken)
                    self.assertEqual(line["trace_id"] == TRACE, is_taken)
                    self.assertEqual(json.loads(content)["request_id"], line["request_id"])

    def test_wrong_flags(self):
        """A list of peers, a form or a directory that is none keeps the binary from starting, with a sentence"""
        for flags, words in ((["--trusted-peers", "localhost"], "trusted-peers must be"),
                             (["--log-format", "xml"], "text or json"),
                             (["--record", "7"], "record must be"),
                             (["--record-directory", "/tmp"], "need record"),
                             (["--record", "10", "--record-directory", "/nowhere"], "can't write records to /nowhere")):
            with self.subTest(flags=flags):
                done = subprocess.run([BINARY, "demo", "--port", "0", *flags], capture_output=True, text=True,
                                      timeout=PATIENCE, check=False)
                self.assertEqual(done.returncode, 2)
                self.assertIn(words, done.stderr)

    def test_record(self):
        """A handler that fails leaves the record of its connection, without content unless that was asked for"""
        for content in ((), ("--record-content", "4K")):
            with self.subTest(content=content), tempfile.TemporaryDirectory() as folder:
                with Server("serve", "--load", HANDLERS, "--record", "50", "--record-directory", folder,
                            *content) as server:
                    status, _ = get(server, "/throws?secret", {"Authorization": "secret"})
                    self.assertEqual(status, 500)
                    wait_until(lambda: "the record of its connection is" in server.read_log(), "the record is written")
                    path, = glob.glob(os.path.join(folder, "sluice-*.record"))
                    self.assertIn(path, server.read_log())
                    self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
                    with open(path) as file:
                        record = file.read()
                    self.assertTrue(record.startswith("sluice-record 1 "), record)
                    self.assertIn('request words="GET /throws"', record)
                    self.assertIn(" failed words=", record)
                    self.assertEqual("secret" in record, bool(content))


if __name__ == "__main__":
    main()
