"""Node's ws against `sluice demo`."""

import os
import sys
import unittest

from harness import Server, main, run

HERE = os.path.dirname(__file__)
LEFT_OUT = 77  # what CMakeLists.txt tells ctest

class NodeClient(unittest.TestCase):
    def test_echo(self):
        script = os.path.join(HERE, "node_ws.mjs")
        for route, extensions in (("/echo", ""), ("/echo-deflate", "permessage-deflate")):
            with self.subTest(route), Server("demo") as server:
                done = run("node", script, server.ws + route, extensions)
                self.assertEqual(done.stdout, "ok\n", done.stderr)
                self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    if not os.path.isdir(os.path.join(HERE, "node_modules/ws")):
        print("npm could not fetch ws, so Node.js has no client to try")
        sys.exit(LEFT_OUT)
    main()
