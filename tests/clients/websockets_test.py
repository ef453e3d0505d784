"""Python's websockets against `sluice demo`."""

import asyncio
import unittest

import websockets

from harness import Server, main


class Echo(unittest.IsolatedAsyncioTestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("demo")

    @classmethod
    def tearDownClass(cls):
        status = cls.server.stop()
        cls.server.__exit__()
        assert status == 0, status

    async def test_messages_come_back(self):
        async with websockets.connect(self.server.ws + "/echo", max_size=None) as client:
            for content in ("", "text", "\u00fc\u20ac", b"", b"\x00\xff", "x" * 70_000, b"y" * 1_000_000):
                await client.send(content)
                self.assertEqual(await client.recv(), content)

    async def test_fragmented_message(self):
        async with websockets.connect(self.server.ws + "/echo") as client:
            await client.send(part for part in ("a", "b", "c"))
            self.assertEqual(await client.recv(), "abc")

    async def test_ping(self):
        async with websockets.connect(self.server.ws + "/echo") as client:
            await asyncio.wait_for(await client.ping(), 10)

    async def test_close_is_answered(self):
        client = await websockets.connect(self.server.ws + "/echo")
        await client.close(code=1001, reason="going")
        self.assertEqual(client.close_code, 1001)

    async def test_too_large_a_message_is_refused(self):
        async with websockets.connect(self.server.ws + "/echo", max_size=None) as client:
            await client.send(b"x" * (1024 * 1024 + 1))
            with self.assertRaises(websockets.ConnectionClosed):
                await client.recv()
            self.assertEqual(client.close_code, 1009)

    async def test_http_is_told_to_upgrade(self):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        writer.write(b"GET /echo HTTP/1.1\r\nHost: a\r\n\r\n")
        self.assertIn(b"426", await reader.readline())
        writer.close()


if __name__ == "__main__":
    main()
