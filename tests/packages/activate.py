#!/usr/bin/python3
"""activate.py ROOT: does as systemd does with sluice.socket, for the binary installed in ROOT.

A client waits before there is a server; the server gets the socket as descriptor 3, runs as nobody,
says when it is ready and when it stops."""

import os
import signal
import socket
import sys

NOBODY = 65534
PATIENCE = 60


def become_server(root, place):
    os.chroot(root)
    os.chdir("/")
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    # Out of the way of 3, which may be the socket itself.
    kept = os.dup(place.fileno())
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(kept, 3)
    os.execve("/usr/bin/sluice", ["sluice", "serve", "--config", "/etc/sluice/sluice.conf",
                                 "--log-level", "error", "--access-log", "false"],
              {"LISTEN_FDS": "1", "LISTEN_PID": str(os.getpid()), "NOTIFY_SOCKET": "/run/notify"})


def main():
    root = sys.argv[1]
    place = socket.create_server(("127.0.0.1", 0))
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.settimeout(PATIENCE)
    manager.bind(os.path.join(root, "run/notify"))
    os.chmod(os.path.join(root, "run/notify"), 0o666)
    client = socket.create_connection(place.getsockname(), PATIENCE)
    client.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")

    server = os.fork()
    if server == 0:
        try:
            become_server(root, place)
        finally:
            os._exit(127)
    try:
        assert manager.recv(100) == b"READY=1"
        answer = b""
        while piece := client.recv(4096):
            answer += piece
        assert answer.startswith(b"HTTP/1.1 200 ") and answer.endswith(b"ok"), answer
        client.close()
        os.kill(server, signal.SIGTERM)
        assert manager.recv(100) == b"STOPPING=1"
        _, status = os.waitpid(server, 0)
        server = 0
        assert status == 0, status
    finally:
        if server:
            os.kill(server, signal.SIGKILL)


main()
