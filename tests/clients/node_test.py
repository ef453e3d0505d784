"""Node's ws against `sluice demo`."""

import os
import unittest

from harness import Server, main, run


class NodeClient(unittest.TestCase):
    def test_echo(self):
        script = os.path.join(os.path.dirname(__file__), "node_ws.mjs")
        for route, extensions in (("/echo", ""), ("/echo-deflate", "permessage-deflate")):
            with self.subTest(route), Server("demo") as server:
                done = run("node", script, server.ws + route, extensions)
                self.assertEqual(done.stdout, "ok\n", done.stderr)
                self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    main()
