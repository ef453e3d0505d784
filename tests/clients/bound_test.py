"""Two thousand stalled clients: what they cost stays below the bound that the server prints (S61)."""

import re
import resource
import select
import socket
import time
import unittest

from harness import Server, main, run

CLIENTS = 2000
MESSAGE = 65536
RECEIVE_BUFFER = SEND_BUFFER = 16384

# Small enough that all of it can be filled on a small machine, each with a size of its own.
LIMITS = ["--chunk-size", "16K", "--max-message-size", str(MESSAGE), "--output-cap", "80K",
          "--low-water", "8K", "--high-water", "64K",
          "--receive-buffer", str(RECEIVE_BUFFER), "--send-buffer", str(SEND_BUFFER),
          "--write-deadline", "10m"]
FILLING = 5  # seconds of pushing: far more than the windows take
KERNEL_BOUND = 2 * (RECEIVE_BUFFER + SEND_BUFFER)


def frame(content):
    """A masked binary frame with a key of zeros."""
    return b"\x82\xff" + len(content).to_bytes(8, "big") + bytes(4) + content


def opening(target):
    return (f"GET {target} HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n").encode()


class Client:
    """Sends its head, then `piece` without end, and never reads."""

    def __init__(self, server, head, piece):
        self.socket = server.connect()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16384)
        self.socket.setblocking(False)
        self.left = memoryview(head)
        self.piece = memoryview(piece)

    def push(self):
        """Sends what the kernel takes."""
        while self.left:
            try:
                count = self.socket.send(self.left)
            except BlockingIOError:
                break
            self.left = self.left[count:] or self.piece


def upload(server):
    head = b"POST /sink?rate=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000000\r\n\r\n"
    return Client(server, head, bytes(65536))


def chunked_upload(server):
    head = b"POST /sink?rate=1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    return Client(server, head, b"4000\r\n" + bytes(16384) + b"\r\n")


def messages(server):
    return Client(server, opening("/sink?rate=1"), frame(bytes(MESSAGE)))


def echo_that_is_not_read(server):
    return Client(server, opening("/echo"), frame(bytes(MESSAGE)))


def download_that_is_not_read(server):
    return Client(server, b"GET /download?octets=10000000000 HTTP/1.1\r\nHost: a\r\n\r\n", b"")


KINDS = [upload, chunked_upload, messages, echo_that_is_not_read, download_that_is_not_read]


def kernel_memory(port):
    """What the kernel accounts for the server's sockets: a list, in octets (skmem of sock_diag)."""
    listing = run("ss", "--tcp", "--memory", "--numeric", "--no-header", "state", "established",
                  "sport", "=", f":{port}").stdout
    return [int(r) + int(w) for r, w in re.findall(r"skmem:\(r(\d+),rb\d+,t\d+,tb\d+,f\d+,w(\d+)", listing)]


def stall(clients):
    """Lets all push for a while; slow handlers take a message now and then, so some always move."""
    poller = select.epoll()
    by_descriptor = {}
    for client in clients:
        if client.left:
            poller.register(client.socket, select.EPOLLOUT)
            by_descriptor[client.socket.fileno()] = client
    end = time.monotonic() + FILLING
    while time.monotonic() < end:
        for descriptor, _ in poller.poll(0.1):
            client = by_descriptor[descriptor]
            client.push()
            if not client.left:
                poller.unregister(descriptor)
    poller.close()


class Bound(unittest.TestCase):
    def setUp(self):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        self.assertGreater(hard, CLIENTS + 100, "too few descriptors are allowed here")
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    def test_two_thousand_stalled_clients(self):
        """Resident memory and kernel buffers stay below the sum of the bounds, whatever stalls (S61)"""
        with Server("demo", "--threads", "2", "--access-log", "false", *LIMITS) as server:
            idle = server.resident()
            clients = [KINDS[i % len(KINDS)](server) for i in range(CLIENTS)]
            stall(clients)
            grown = server.resident() - idle
            kernel = kernel_memory(server.port)
            print(f"{CLIENTS} stalled clients: {grown} octets, {grown // CLIENTS} a client of {server.bound}; "
                  f"kernel {sum(kernel)}, {sum(kernel) // CLIENTS} a client of {KERNEL_BOUND}", flush=True)
            self.assertEqual(len(kernel), CLIENTS)
            self.assertLess(grown, CLIENTS * server.bound)
            self.assertLess(sum(kernel), CLIENTS * KERNEL_BOUND)
            for client in clients:
                client.socket.close()

    def test_each_kind_alone(self):
        """No kind of stall costs more than a bound a client (S61)"""
        for make in KINDS:
            with self.subTest(make.__name__), \
                    Server("demo", "--threads", "2", "--access-log", "false", *LIMITS) as server:
                idle = server.resident()
                clients = [make(server) for _ in range(200)]
                stall(clients)
                grown = server.resident() - idle
                kernel = kernel_memory(server.port)
                print(f"200 of {make.__name__}: {grown // 200} octets a client of {server.bound}; "
                      f"kernel {sum(kernel) // 200} of {KERNEL_BOUND}", flush=True)
                self.assertLess(grown, 200 * server.bound)
                self.assertLess(sum(kernel), 200 * KERNEL_BOUND)
                for client in clients:
                    client.socket.close()

    def test_the_budget_admits_what_it_holds(self):
        """With a budget for 1,000 the 1,001st is told 503 while all others are stalled (S57, S61)"""
        with Server("demo", "--threads", "2", *LIMITS) as probe:
            one = probe.bound + KERNEL_BOUND
        budget = 1000 * one
        with Server("demo", "--threads", "2", "--access-log", "false", *LIMITS,
                    "--memory-budget", str(budget)) as server:
            idle = server.resident()
            clients = [KINDS[i % len(KINDS)](server) for i in range(1000)]
            stall(clients)
            for _ in range(10):
                answer = run("curl", "--silent", "--include", "--max-time", "20", server.url + "/plaintext").stdout
                self.assertIn("503 Service Unavailable", answer)
                self.assertIn("Retry-After: ", answer)
            self.assertLess(server.resident() - idle + sum(kernel_memory(server.port)), budget)
            for client in clients:
                client.socket.close()


if __name__ == "__main__":
    main()
