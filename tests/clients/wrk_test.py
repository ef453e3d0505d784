"""wrk for a few seconds: every answer is a good one."""

import re
import unittest

from harness import Server, main, run


class Load(unittest.TestCase):
    def test_every_request_is_answered(self):
        with Server("demo", "--access-log", "false") as server:
            for path in ("/plaintext", "/plaintext-actor"):
                with self.subTest(path):
                    done = run("wrk", "--threads", "1", "--connections", "64", "--duration", "3s", server.url + path)
                    self.assertNotIn("Socket errors", done.stdout)
                    self.assertNotIn("Non-2xx", done.stdout)
                    self.assertGreater(int(re.search(r"(\d+) requests in", done.stdout).group(1)), 1000)
            self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    main()
