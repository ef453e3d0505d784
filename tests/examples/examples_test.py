"""Each example, run as its reader would run it."""

import asyncio
import hashlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import unittest

import websockets

FOLDER = os.environ["SLUICE_EXAMPLES"]


class Example:
    """One example on a free port."""

    def __init__(self, name, **environment):
        self.process = subprocess.Popen(
            [os.path.join(FOLDER, "example_" + name), "--port", "0"], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={**os.environ, **environment})
        line = self.process.stdout.readline()
        self.port = int(re.search(r"http://127\.0\.0\.1:(\d+)", line).group(1))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self.process.stdout.close()
        assert status == 0, status

    def curl(self, path, *arguments, content=None):
        return subprocess.run(
            ["curl", "--silent", "--max-time", "20", *arguments, f"http://127.0.0.1:{self.port}{path}"],
            input=content, capture_output=True, timeout=60, check=False).stdout.decode()

    def connect(self, path):
        return websockets.connect(f"ws://127.0.0.1:{self.port}{path}")


class Examples(unittest.TestCase):
    def test_hello(self):
        with Example("hello") as hello:
            self.assertEqual(hello.curl("/hello/Ada?greeting=Salut"), "Salut, Ada!\n")
            self.assertEqual(hello.curl("/hello/J%C3%BCrgen"), "Hello, J\u00fcrgen!\n")

    def test_upload(self):
        content = os.urandom(1_000_000)
        digest = hashlib.sha256(content).hexdigest()
        with Example("upload") as upload:
            for framing in ((), ("-H", "Transfer-Encoding: chunked")):
                self.assertEqual(upload.curl("/upload", "-T", "-", *framing, content=content), f"1000000 {digest}\n")

    def test_behavior(self):
        with Example("behavior") as behavior:
            self.assertEqual(behavior.curl("/count", "-X", "POST", "--data-binary", "@-", content=bytes(300_000)), "300000\n")
            self.assertEqual(behavior.curl("/count", "-X", "POST"), "0\n")

    def test_echo(self):
        async def talk(port):
            async with websockets.connect(f"ws://127.0.0.1:{port}/echo") as client:
                for content in ("hello", b"\x00\x01", "x" * 100_000):
                    await client.send(content)
                    self.assertEqual(await client.recv(), content)

        with Example("echo") as echo:
            asyncio.run(talk(echo.port))

    def test_chat(self):
        async def talk(chat):
            async with chat.connect("/chat/ada") as ada:
                self.assertIn("ada has entered", await ada.recv())
                async with chat.connect("/chat/bob") as bob:
                    self.assertIn("bob has entered", await ada.recv())
                    await bob.recv()
                    await bob.send("hello")
                    self.assertEqual(await ada.recv(), "bob: hello")
                    self.assertEqual(await bob.recv(), "bob: hello")
                self.assertEqual(await ada.recv(), "bob has left")

        with Example("chat") as chat:
            asyncio.run(asyncio.wait_for(talk(chat), 30))

    def test_ingest(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "events.db")
            with Example("ingest", INGEST_DB=path) as ingest:
                lines = "".join(json.dumps({"n": n}) + "\n" for n in range(50_000)).encode()
                self.assertEqual(ingest.curl("/events", "-X", "POST", "--data-binary", "@-", content=lines),
                                 "50000 events stored\n")
                refused = ingest.curl("/events", "-i", "-X", "POST", "--data-binary", "@-", content=b'{"n":1}\nnonsense\n')
                self.assertIn("400 Bad Request", refused)
                self.assertIn("line 2 is not JSON", refused)
            tables = sqlite3.connect(path)
            name = tables.execute("select name from sqlite_master where type = 'table'").fetchone()[0]
            self.assertEqual(tables.execute(f"select count(*) from {name}").fetchone()[0], 50_001)
            tables.close()


if __name__ == "__main__":
    sys.exit(unittest.main(verbosity=2))
