"""Clients that vanish without a FIN, on a network of this test's own whose link is cut.

The server stands in one network namespace, its clients in another, with a pair of virtual Ethernet
devices between them. An ordinary user may make these where the kernel offers user namespaces."""

import ctypes
import os
import socket
import subprocess
import sys
import threading
import unittest

from harness import HANDLERS, PATIENCE, Server, frame, main, run, wait_until

SERVER, CLIENT = "10.77.0.1", "10.77.0.2"
CLONE_NEWNET = 0x40000000
USER_TIMEOUT = ("--user-timeout", "2s")


def isolate():
    """Runs this program anew in a network namespace of its own. Returns if nobody may make one."""
    for way in ("unshare", "--map-root-user", "--net"), ("unshare", "--net"):
        if run(*way, "ip", *"link add name one type veth peer name two".split()).returncode == 0:
            os.environ["SLUICE_ISOLATED"] = "yes"
            os.execvp(way[0], (*way, sys.executable, os.path.abspath(__file__), *sys.argv[1:]))


class Network:
    """This process's namespace, another for the clients, and a link between them."""

    def __init__(self):
        # Its namespace lives as long as it does; it ends when its standard input is closed.
        self.holder = subprocess.Popen(("unshare", "--net", "cat"), stdin=subprocess.PIPE)
        self.path = f"/proc/{self.holder.pid}/ns/net"
        wait_until(lambda: os.readlink(self.path) != os.readlink("/proc/self/ns/net"), "there is a second namespace")
        self.here("link set lo up")
        self.here(f"link add name server type veth peer name client netns {self.holder.pid}")
        self.here(f"address add {SERVER}/24 dev server")
        self.here("link set server up")
        self.there(f"address add {CLIENT}/24 dev client")
        self.restore()

    def close(self):
        self.holder.stdin.close()
        self.holder.wait(PATIENCE)

    def here(self, command):
        subprocess.run(("ip", *command.split()), check=True)

    def there(self, command):
        subprocess.run(("nsenter", f"--net={self.path}", "ip", *command.split()), check=True)

    def cut(self):
        self.there("link set client down")

    def restore(self):
        self.there("link set client up")

    def connect(self, server, receive_buffer=None):
        """A client in the other namespace: a socket stays where it was made."""
        made = []

        def make():
            libc = ctypes.CDLL(None, use_errno=True)
            with open(self.path) as namespace:
                if libc.setns(namespace.fileno(), CLONE_NEWNET) != 0:
                    raise OSError(ctypes.get_errno(), "setns")
            made.append(socket.socket())

        # Only the thread enters the namespace.
        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        client, = made
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.settimeout(PATIENCE)
        client.connect((server.host, server.port))
        return client


class Vanished(unittest.TestCase):
    HANDSHAKE = 166 # octets of our 101

    @classmethod
    def setUpClass(cls):
        cls.network = Network()

    @classmethod
    def tearDownClass(cls):
        cls.network.close()

    def setUp(self):
        self.addCleanup(self.network.restore)

    def serve(self, *flags):
        server = Server("demo", "--load", HANDLERS, "--address", SERVER, "--threads", "1", *flags)
        self.addCleanup(server.__exit__)
        return server

    def stall_upload(self, server):
        client = self.network.connect(server)
        self.addCleanup(client.close)
        client.sendall(b"POST /never HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc")
        server.wait_for_note("never chunk")
        return client

    def stall_web_socket(self, server):
        client = server.upgrade("/never", self.network.connect(server))
        self.addCleanup(client.close)
        client.sendall(frame(b"abc"))
        server.wait_for_note("never message")
        return client

    def download(self, server, receive_buffer=None):
        client = self.network.connect(server, receive_buffer)
        self.addCleanup(client.close)
        client.sendall(b"GET /download?octets=10000000000 HTTP/1.1\r\nHost: a\r\n\r\n")
        client.recv(4096)
        return client

    def assert_found(self, server, target):
        """Returns how many octets were sent."""
        self.assertEqual(server.outcomes(target), ["peer_vanished"])
        return server.access(target)[0][1]

    def test_web_socket_with_probe(self):
        """A stalled WebSocket whose host vanished is found by its Ping, and the handler cancelled (S42 S43)"""
        server = self.serve(*USER_TIMEOUT, "--stall-probe", "500ms")
        self.stall_web_socket(server)
        self.network.cut()
        self.assertGreater(self.assert_found(server, "/never"), self.HANDSHAKE)
        server.wait_for_note("never peer_vanished")
        server.wait_for_note("never ended")
        self.assertEqual(server.stop(), 0, server.read_log())

    def test_web_socket_without_probe(self):
        """A stalled WebSocket whose host vanished is found by keepalive when nothing is probed (S43)"""
        server = self.serve(*USER_TIMEOUT, "--stall-probe", "0")
        self.stall_web_socket(server)
        self.network.cut()
        self.assertEqual(self.assert_found(server, "/never"), self.HANDSHAKE)
        server.wait_for_note("never peer_vanished")
        self.assertEqual(server.stop(), 0, server.read_log())

    def test_upload(self):
        """A host that vanished behind an upload that its handler stalls is found by keepalive (S43)"""
        server = self.serve(*USER_TIMEOUT)
        self.stall_upload(server)
        self.network.cut()
        self.assert_found(server, "/never")
        server.wait_for_note("never peer_vanished")
        self.assertEqual(server.stop(), 0, server.read_log())

    def test_download(self):
        """A host that vanished in a download is found by TCP_USER_TIMEOUT (S43)"""
        server = self.serve(*USER_TIMEOUT)
        client = self.download(server)
        reading = threading.Thread(target=self.read_until_cut, args=(client,))
        reading.start()
        self.network.cut()
        self.assert_found(server, "/download?octets=10000000000")
        client.shutdown(socket.SHUT_RDWR)
        reading.join()
        self.assertEqual(server.stop(), 0, server.read_log())

    def read_until_cut(self, client):
        while client.recv(1 << 20):
            pass

    def test_download_that_nobody_reads(self):
        """A host that vanished with its window full is found by the same timeout (S43)"""
        server = self.serve(*USER_TIMEOUT)
        self.download(server, receive_buffer=4096)
        self.network.cut()
        self.assert_found(server, "/download?octets=10000000000")
        self.assertEqual(server.stop(), 0, server.read_log())

    def test_others_go_on(self):
        """A client that goes on reading is not taken for one that vanished (S43)"""
        server = self.serve("--user-timeout", "1s", "--stall-probe", "100ms")
        upload, web_socket = self.stall_upload(server), self.stall_web_socket(server)
        pings = b""
        while len(pings) < 40: # 20 Pings: twice the timeout, and each has been acknowledged
            pings += web_socket.recv(40)
        self.assertEqual(set(pings[::2]), {0x89})
        self.assertEqual(server.access("/never"), [])
        upload.close()
        web_socket.close()


class HiddenEnd(unittest.TestCase):
    """Killed clients whose FIN waits behind octets that the stalled server does not take."""

    FILLER = """if True:
        import select, signal, socket, sys
        client = socket.socket(fileno=int(sys.argv[1]))
        piece = eval(sys.argv[2])
        client.setblocking(False)
        at = 0
        while select.select([], [client], [], 1)[1]:
            at = (at + client.send(piece[at:])) % len(piece)
        print(flush=True)
        signal.pause()
    """

    def kill_with_full_window(self, client, piece):
        """Lets a process of its own send until the kernel takes no more, and kills it."""
        filler = subprocess.Popen((sys.executable, "-c", self.FILLER, str(client.fileno()), piece),
                                  pass_fds=(client.fileno(),), stdout=subprocess.PIPE)
        client.close() # the process holds the other descriptor
        self.assertEqual(filler.stdout.readline(), b"\n")
        filler.kill()
        filler.wait(PATIENCE)
        filler.stdout.close()

    def test_web_socket(self):
        """A Ping finds a killed WebSocket client whose FIN waits behind a full window (S42)"""
        with Server("demo", "--load", HANDLERS, "--receive-buffer", "16K", "--stall-probe", "3s") as server:
            client = server.upgrade("/never")
            self.kill_with_full_window(client, "b'\\x82\\xfe\\x80\\x00' + bytes(4 + 32768)")
            self.assertEqual(server.outcomes("/never"), ["peer_reset"])
            server.wait_for_note("never peer_reset")
            self.assertEqual(server.stop(), 0, server.read_log())

    def test_upload(self):
        """A killed HTTP client whose FIN waits behind a full window is not probed: the handler's deadline ends it (S6 S42)"""
        with Server("demo", "--load", HANDLERS, "--receive-buffer", "16K", "--handler-deadline", "3s") as server:
            client = server.connect()
            client.sendall(b"POST /overdue HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n")
            self.kill_with_full_window(client, "bytes(65536)")
            # A 503, to nobody.
            wait_until(lambda: server.access("/overdue"), "the request is over")
            (status, _, outcome), = server.access("/overdue")
            self.assertEqual((status, outcome), (503, "complete"))
            server.wait_for_note("overdue handler_deadline")
            self.assertEqual(server.stop(), 0, server.read_log())


if __name__ == "__main__":
    if "SLUICE_ISOLATED" not in os.environ:
        isolate()
        print("NOT SHOWN: what happens when a client's host vanishes (S42 S43). Nobody may make a network namespace here.",
              flush=True)
        del Vanished
    else:
        run("ip", "link", "set", "lo", "up")
    main()
