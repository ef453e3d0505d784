"""The live page of the binary's admin listener, while somebody stalls."""

import contextlib
import re
import sys

from browser import run_script
from harness import Server


def main():
    with Server("demo", "--admin", "127.0.0.1:0") as server:
        line = server.process.stdout.readline()
        address = re.search(r"http://[\d.]+:\d+", line).group(0)
        with contextlib.closing(server.connect()) as client:
            client.sendall(b"POST /sink?rate=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + bytes(100000))
            return run_script("live_page_test.mjs", address + "/")


if __name__ == "__main__":
    sys.exit(main())
