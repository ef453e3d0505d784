"""Node's ws against `sluice demo`."""

import os
import unittest

from harness import Server, main, run


class NodeClient(unittest.TestCase):
    def test_echo(self):
        with Server("demo") as server:
            script = os.path.join(os.path.dirname(__file__), "node_ws.mjs")
            done = run("node", script, server.ws + "/echo")
            self.assertEqual(done.stdout, "ok\n", done.stderr)
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    main()
