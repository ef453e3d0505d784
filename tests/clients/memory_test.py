"""Clients that push as fast as they can at slow handlers, while the server's memory stands still."""

import select
import socket
import threading
import time
import unittest

from harness import Server, main

MEBIBYTE = 1024 * 1024
BODY = 2_000_000_000


def frame(size):
    """A masked binary frame with a key of zeros."""
    return b"\x82\xff" + size.to_bytes(8, "big") + bytes(4) + bytes(size)


class Pusher(threading.Thread):
    """Sends `piece` without end until it is told to stop."""

    def __init__(self, server, head, piece, answer=None):
        super().__init__(daemon=True)
        self.socket = server.connect()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        self.socket.sendall(head)
        if answer is not None:
            assert answer in self.socket.recv(4096)
        self.socket.setblocking(False)
        self.piece = piece
        self.sent = 0
        self.blocked = 0
        self.over = threading.Event()

    def run(self):
        view = memoryview(self.piece)
        offset = 0
        while not self.over.is_set():
            try:
                count = self.socket.send(view[offset:])
                self.sent += count
                offset = (offset + count) % len(view)
            except BlockingIOError:
                self.blocked += 1
                select.select([], [self.socket], [], 0.2)

    def finish(self):
        self.over.set()
        self.join()
        self.socket.close()


def content_length(server, rate):
    head = f"POST /sink?rate={rate} HTTP/1.1\r\nHost: a\r\nContent-Length: {BODY}\r\n\r\n"
    return Pusher(server, head.encode(), bytes(65536))


def chunked(server, rate):
    head = f"POST /sink?rate={rate} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    return Pusher(server, head.encode(), b"10000\r\n" + bytes(65536) + b"\r\n")


def web_socket(server, rate):
    head = (f"GET /sink?rate={rate} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
    return Pusher(server, head.encode(), frame(65536), answer=b"101 Switching Protocols")


class StandsStill(unittest.TestCase):
    """1 MB/s is taken, or a message every 10 ms; 20 seconds are watched."""

    RATES = {content_length: 1_000_000, chunked: 1_000_000, web_socket: 100}

    def test_resident_memory(self):
        for make, rate in self.RATES.items():
            with self.subTest(make.__name__), Server("demo", "--threads", "1") as server:
                pusher = make(server, rate)
                began = time.monotonic()
                pusher.start()
                time.sleep(2)
                after_two_seconds = server.resident()
                most = after_two_seconds
                while time.monotonic() - began < 20:
                    time.sleep(0.2)
                    most = max(most, server.resident())
                elapsed = time.monotonic() - began
                taken = elapsed * (rate if make is not web_socket else rate * 65536)
                # The socket buffers of both sides hold what is on its way: twice what was asked for each.
                allowed = taken * 1.1 + server.bound + 2 * (256 + 256 + 64) * 1024
                print(f"{make.__name__}: sent {pusher.sent}, taken about {taken:.0f}, blocked {pusher.blocked} times, "
                      f"resident {after_two_seconds} -> {most}", flush=True)
                self.assertLess(most - after_two_seconds, MEBIBYTE)
                self.assertGreater(pusher.blocked, 0)
                self.assertLess(pusher.sent, allowed)
                self.assertGreater(pusher.sent, taken * 0.25)
                pusher.finish()
                # The bound counts what the server holds; a dead client's last chunk is not waited for.
                self.assertEqual(server.stop(), 0, server.read_log())


class ManyClients(unittest.TestCase):
    """200 of each kind at once on two threads stay below 400 times the printed bound."""

    def test_resident_memory(self):
        with Server("demo", "--threads", "2", "--access-log", "false") as server:
            idle = server.resident()
            pushers = [make(server, rate) for make, rate in StandsStill.RATES.items() for _ in range(200)]
            # One thread a kind would do; what counts is that every client pushes until it is blocked.
            end = time.monotonic() + 10
            most = idle
            while time.monotonic() < end:
                _, ready, _ = select.select([], [p.socket for p in pushers], [], 0.05)
                for writable in ready:
                    pusher = next(p for p in pushers if p.socket is writable)
                    try:
                        count = pusher.socket.send(memoryview(pusher.piece)[pusher.sent % len(pusher.piece):])
                        pusher.sent += count
                    except BlockingIOError:
                        pass
                most = max(most, server.resident())
            print(f"idle {idle}, most {most}, bound {server.bound}", flush=True)
            self.assertLess(most, idle + 400 * server.bound)
            for pusher in pushers:
                pusher.socket.close()


if __name__ == "__main__":
    main()
