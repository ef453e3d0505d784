"""Runs a script of this folder, which drives Debian's Chromium."""

import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LEFT_OUT = 77  # what CMakeLists.txt tells ctest


def run_script(name, *arguments):
    """Returns the exit status, LEFT_OUT where there is no browser or nothing to drive it with."""
    if not os.path.isdir(os.path.join(HERE, "node_modules/playwright-core")):
        print("npm could not fetch playwright-core, so no browser can be driven")
        return LEFT_OUT
    sys.stdout.flush()
    return subprocess.run(["node", os.path.join(HERE, name), *arguments], stdin=subprocess.DEVNULL).returncode
