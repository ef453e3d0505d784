"""What cannot start says why and exits with 2; what is told to stop exits with 0."""

import os
import socket
import tempfile
import unittest

from harness import BINARY, Server, main, run


class StartUp(unittest.TestCase):
    def assert_refused(self, *arguments, names):
        done = run(BINARY, *arguments)
        self.assertEqual(done.returncode, 2, (arguments, done.stdout, done.stderr))
        self.assertIn(names, done.stderr)

    def test_unknown_verb_and_flag(self):
        self.assert_refused("dance", names="dance")
        self.assert_refused("serve", "--dance", names="--dance")

    def test_bad_values(self):
        self.assert_refused("serve", "--port", "70000", names="port")
        self.assert_refused("serve", "--chunk-size", "many", names="many")
        self.assert_refused("serve", "--header-deadline", "soon", names="soon")
        self.assert_refused("serve", "--low-water", "1G", names="low-water")
        self.assert_refused("serve", "--address", "nowhere", names="nowhere")

    def test_port_in_use(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            self.assert_refused("serve", "--port", port, names="in use")

    def test_port_of_another_sluice(self):
        with Server("serve") as other:
            self.assert_refused("serve", "--port", str(other.port), names="in use")

    def test_configuration_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "sluice.toml")
            self.assert_refused("serve", "--config", path, names="sluice.toml")
            with open(path, "w") as out:
                out.write("dance = 1\n")
            self.assert_refused("serve", "--config", path, names="dance")
            with open(path, "w") as out:
                out.write('max-message-size = "2M"\nthreads = 1\n')
            with Server("serve", "--config", path) as large, Server("serve") as usual:
                self.assertGreater(large.bound, usual.bound)

    def test_missing_directory_and_library(self):
        self.assert_refused("serve", "--root", "/nonexistent", names="/nonexistent")
        self.assert_refused("serve", "--uploads", "/nonexistent", names="/nonexistent")
        self.assert_refused("serve", "--root", BINARY, names="irectory")
        self.assert_refused("serve", "--load", "/nonexistent.so", names="/nonexistent.so")
        self.assert_refused("serve", "--log-file", "/nonexistent/log", names="/nonexistent/log")

    def test_unix_socket(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "s")
            import subprocess
            process = subprocess.Popen([BINARY, "demo", "--unix", path], stdout=subprocess.PIPE,
                                       stderr=subprocess.DEVNULL, text=True)
            self.assertIn("unix:" + path, process.stdout.readline())
            done = run("curl", "-s", "--unix-socket", path, "http://localhost/plaintext-actor")
            self.assertEqual(done.stdout, "Hello, World!")
            process.terminate()
            self.assertEqual(process.wait(30), 0)
            process.stdout.close()
            self.assertFalse(os.path.exists(path))

    def test_help_and_version(self):
        for arguments in (("--help",), ("serve", "--help"), ("demo", "--help"), ("--version",)):
            done = run(BINARY, *arguments)
            self.assertEqual(done.returncode, 0, arguments)
            self.assertTrue(done.stdout, arguments)


if __name__ == "__main__":
    main()
