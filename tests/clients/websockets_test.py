"""Python's websockets against `sluice demo`."""

import asyncio
import random
import unittest

import websockets
from websockets.extensions import permessage_deflate

from harness import Server, main


def response_headers(client):
    """Of the opening handshake: websockets 15 (Debian 13) and 10 (Debian 12) keep them in different places."""
    if hasattr(client, "response_headers"):
        return client.response_headers
    return client.response.headers


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

    async def test_compressed_messages_come_back(self):
        for bits, takeover in ((None, True), (15, False), (12, True), (9, True), (9, False)):
            offer = permessage_deflate.ClientPerMessageDeflateFactory(
                server_no_context_takeover=not takeover, client_no_context_takeover=not takeover,
                server_max_window_bits=bits, client_max_window_bits=bits or True)
            async with websockets.connect(self.server.ws + "/echo-deflate", max_size=None, compression=None,
                                          extensions=[offer]) as client:
                self.assertIn("permessage-deflate", response_headers(client)["Sec-WebSocket-Extensions"])
                numbers = "".join(str(n) for n in range(50_000))
                for content in ("", "text", "\u00fc\u20ac" * 100, b"", random.Random(1).randbytes(1_000_000),
                                numbers, numbers, "x" * 60_000, "last"):
                    await client.send(content)
                    self.assertEqual(await client.recv(), content)
                await client.send(part for part in ("aaaa", "bbbb" * 100, "", "cccc"))
                self.assertEqual(await client.recv(), "aaaa" + "bbbb" * 100 + "cccc")

    async def test_nothing_is_compressed_where_the_route_does_not(self):
        async with websockets.connect(self.server.ws + "/echo") as client:
            self.assertNotIn("Sec-WebSocket-Extensions", response_headers(client))

    async def test_too_large_a_compressed_message_is_refused(self):
        content = random.Random(1).randbytes(10_000) + bytes(1024 * 1024 + 1 - 10_000)
        for sent, code in ((content[1:], None), (content, 1009), (bytes(1_000_000), 1008)):
            async with websockets.connect(self.server.ws + "/echo-deflate", max_size=None) as client:
                await client.send(sent)
                if code is None:
                    self.assertEqual(await client.recv(), sent)
                    continue
                with self.assertRaises(websockets.ConnectionClosed):
                    await client.recv()
                self.assertEqual(client.close_code, code)

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
