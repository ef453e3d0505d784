"""The start page of the binary's demo."""

import sys

from browser import run_script
from harness import Server


def main():
    with Server("demo") as server:
        return run_script("start_page_test.mjs", server.url + "/")


if __name__ == "__main__":
    sys.exit(main())
