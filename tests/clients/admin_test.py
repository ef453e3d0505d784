#!/usr/bin/env python3
"""The binary's admin listener, its signals, and what is seen of its stop."""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import unittest

from harness import BINARY, PATIENCE, Server, main, wait_until

try:
    from prometheus_client.parser import text_string_to_metric_families
except ImportError:
    text_string_to_metric_families = None


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=PATIENCE)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(PATIENCE)
        self.sock.connect(self.path)


class Admin(unittest.TestCase):
    def setUp(self):
        self.folder = self.enter(tempfile.TemporaryDirectory())
        self.path = os.path.join(self.folder, "admin.sock")

    def enter(self, context):
        value = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return value

    def serve(self, *arguments):
        server = self.enter(Server("demo", "--admin", self.path, *arguments))
        line = server.process.stdout.readline()
        self.assertEqual(line, f"sluice: metrics, stalls and health on unix:{self.path}\n")
        return server

    def ask(self, target):
        with contextlib.closing(UnixConnection(self.path)) as client:
            client.request("GET", target)
            answer = client.getresponse()
            return answer.status, answer.read().decode()

    def stalls(self):
        return json.loads(self.ask("/stalls")[1])["stalls"]

    def stalled_upload(self, server):
        client = self.enter(contextlib.closing(server.connect()))
        client.sendall(b"POST /sink?rate=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + bytes(100000))
        return client

    @unittest.skipIf(text_string_to_metric_families is None, "python3-prometheus-client is not there")
    def test_metrics_are_valid(self):
        """Prometheus' own parser takes the metrics, and their names follow its conventions"""
        server = self.serve()
        self.stalled_upload(server)
        wait_until(lambda: any(row["waits_for"] == "handler" for row in self.stalls()), "the upload stalls")
        status, text = self.ask("/metrics")
        self.assertEqual(status, 200)
        families = {family.name: family for family in text_string_to_metric_families(text)}
        self.assertGreater(len(families), 30)
        for name, family in families.items():
            self.assertRegex(name, r"^(sluice|process)_[a-z_]+$")
            self.assertTrue(family.documentation.endswith("."), name)
            names = {sample.name for sample in family.samples}
            if family.type == "counter":
                self.assertEqual(names, {name + "_total"})
            elif family.type == "histogram":
                self.assertRegex(name, "_seconds$")
                self.assertEqual(names, {name + "_bucket", name + "_sum", name + "_count"})
            else:
                self.assertEqual(family.type, "gauge", name)
                self.assertNotRegex(name, "_total$")
        waiting = {(one.labels["route"], one.labels["for"]): one.value for one in families["sluice_waiting"].samples}
        self.assertEqual(waiting["/sink", "handler"], 1)

    def test_top_names_who_stalls(self):
        """`sluice top` names whom a stalled upload waits for (S84)"""
        server = self.serve()
        client = self.stalled_upload(server)
        peer = "%s:%d" % client.getsockname()
        wait_until(lambda: any(row["waits_for"] == "handler" for row in self.stalls()), "the upload stalls")
        shown = subprocess.run([BINARY, "top", "--once", "--admin", self.path], capture_output=True, text=True,
                               timeout=PATIENCE)
        self.assertEqual(shown.returncode, 0, shown.stderr)
        row = next(line for line in shown.stdout.splitlines() if peer in line)
        self.assertRegex(row, r"\bhandler\b")
        self.assertIn("/sink", row)
        as_json = subprocess.run([BINARY, "top", "--json", "--admin", self.path], capture_output=True, text=True,
                                 timeout=PATIENCE)
        self.assertEqual(json.loads(as_json.stdout)["stalls"][0]["peer"], peer)

    def test_top_says_what_is_wrong(self):
        for arguments, status, words in (
                (["--admin", os.path.join(self.folder, "nothing.sock"), "--once"], 1, "nothing.sock"),
                (["--sort", "colour", "--once"], 2, "--sort"),
                (["--interval", "1ms"], 2, "--interval")):
            shown = subprocess.run([BINARY, "top", *arguments], capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(shown.returncode, status, arguments)
            self.assertIn(words, shown.stderr)

    def test_not_to_be_had(self):
        """An admin listener that can't be keeps the server from starting"""
        started = subprocess.run([BINARY, "demo", "--port", "0", "--admin", "/no/such/folder/admin.sock"],
                                 capture_output=True, text=True, timeout=PATIENCE)
        self.assertEqual(started.returncode, 2)
        self.assertIn("/no/such/folder/admin.sock", started.stderr)

    def test_drain_delay(self):
        """Readiness ends first, then accepting (S59)"""
        server = self.serve("--drain-delay", "3s")
        self.assertEqual(self.ask("/readyz"), (200, "ready\n"))
        server.process.send_signal(signal.SIGTERM)
        wait_until(lambda: self.ask("/readyz") == (503, "draining\n"), "the server is not ready any more")
        with contextlib.closing(http.client.HTTPConnection(server.host, server.port, timeout=PATIENCE)) as client:
            client.request("GET", "/plaintext")
            self.assertEqual(client.getresponse().status, 200)
        self.assertEqual(self.ask("/healthz"), (200, "ok\n"))
        self.assertEqual(server.process.wait(PATIENCE), 0)
        self.assertIn("not ready any more; serving on for 3s", server.read_log())
        self.assertFalse(os.path.exists(self.path))

    def test_log_is_opened_again(self):
        """SIGUSR1 and SIGHUP open the log file again, and kill nobody"""
        log = pathlib.Path(self.folder, "log")
        server = self.serve("--log-file", str(log))
        for number, which in enumerate((signal.SIGUSR1, signal.SIGHUP)):
            old = log.rename(log.with_name(f"log.{number}"))
            server.process.send_signal(which)
            wait_until(log.exists, "the log is there again")
            wait_until(lambda: f"{which.name}: reloaded" in log.read_text(), "the new log is written")
            self.assertNotIn(f"{which.name}: reloaded", old.read_text())
        self.assertEqual(server.stop(), 0)
        self.assertIn("stopped", log.read_text())

    def test_log_that_is_not_opened_again(self):
        """A log file that can't be opened again goes on where it was"""
        folder = pathlib.Path(self.folder, "logs")
        folder.mkdir()
        log = folder / "log"
        server = self.serve("--log-file", str(log))
        old = log.rename(pathlib.Path(self.folder, "old"))
        folder.rmdir()
        server.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: "can't open the log file" in old.read_text(), "it is told")
        self.assertEqual(server.stop(), 0)
        self.assertIn("stopped", old.read_text())


if __name__ == "__main__":
    main()
