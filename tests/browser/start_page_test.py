"""The demo's start page, fed by a stub."""

import sys

from browser import run_script

if __name__ == "__main__":
    sys.exit(run_script("start_page_test.mjs"))
