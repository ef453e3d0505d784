"""curl against `sluice demo` and `sluice serve`."""

import contextlib
import json
import os
import tempfile
import unittest
import urllib.request

from harness import PATIENCE, Server, frame, main, run, wait_until


def curl(*arguments):
    return run("curl", "--silent", "--show-error", "--max-time", "30", *arguments)


class Demo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Server("demo")
        cls.content = tempfile.NamedTemporaryFile()
        cls.content.write(os.urandom(3_000_000))
        cls.content.flush()

    @classmethod
    def tearDownClass(cls):
        status = cls.server.stop()
        cls.server.__exit__()
        cls.content.close()
        assert status == 0, status

    def test_start_page(self):
        page = curl(self.server.url + "/").stdout
        self.assertIn("<html", page)
        self.assertIn("/sink?rate=", page)

    def test_what_waits_in_the_kernel_is_told(self):
        with contextlib.closing(self.server.upgrade("/tank?id=a&rate=0")) as client:
            for _ in range(10):
                client.sendall(frame(bytes(60000)))
            with urllib.request.urlopen(self.server.url + "/tank/watch?id=a", timeout=PATIENCE) as feed:
                events = (json.loads(line[6:]) for line in feed if line.startswith(b"data: "))
                wait_until(lambda: next(events)["kernel"] > 0, "octets wait in the kernel")

    def test_plain_function_and_actor_answer_alike(self):
        for path in ("/plaintext", "/plaintext-actor"):
            self.assertEqual(curl(self.server.url + path).stdout, "Hello, World!")

    def test_upload_with_content_length(self):
        self.assertIn("3000000", curl("-T", self.content.name, "-X", "POST", self.server.url + "/sink").stdout)

    def test_chunked_upload(self):
        done = curl("-T", self.content.name, "-X", "POST", "-H", "Transfer-Encoding: chunked", self.server.url + "/sink")
        self.assertIn("3000000", done.stdout)

    def test_expect_100_continue(self):
        done = curl("-v", "-H", "Expect: 100-continue", "--data-binary", "@" + self.content.name,
                    self.server.url + "/sink")
        self.assertIn("HTTP/1.1 100 Continue", done.stderr)
        self.assertIn("3000000", done.stdout)

    def test_connection_is_kept(self):
        done = curl("-o", "/dev/null", "-o", "/dev/null", "-w", "%{num_connects} ",
                    self.server.url + "/plaintext", self.server.url + "/plaintext-actor")
        self.assertEqual(done.stdout.split(), ["1", "0"])

    def test_head_says_what_get_sends(self):
        head = curl("--head", self.server.url + "/download?octets=10000000000").stdout
        self.assertIn("Content-Length: 10000000000", head)

    def test_download(self):
        done = curl("-o", "/dev/null", "-w", "%{http_code} %{size_download}", self.server.url + "/download?octets=50000000")
        self.assertEqual(done.stdout, "200 50000000")

    def test_bad_parameters_are_refused(self):
        for path in ("/download?octets=many", "/download?octets=-1"):
            self.assertEqual(curl("-o", "/dev/null", "-w", "%{http_code}", self.server.url + path).stdout, "400", path)
        done = curl("-o", "/dev/null", "-w", "%{http_code}", "-d", "x", self.server.url + "/sink?rate=fast")
        self.assertEqual(done.stdout, "400")

    def test_unknown_path_and_method(self):
        self.assertEqual(curl("-o", "/dev/null", "-w", "%{http_code}", self.server.url + "/nowhere").stdout, "404")
        refused = curl("-i", "-X", "DELETE", self.server.url + "/plaintext").stdout
        self.assertIn("405 Method Not Allowed", refused)
        self.assertIn("Allow: GET, HEAD, OPTIONS", refused)

    def test_healthz(self):
        self.assertEqual(curl("-o", "/dev/null", "-w", "%{http_code}", self.server.url + "/healthz").stdout, "200")


class Serve(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = os.path.join(self.folder.name, "root")
        self.uploads = os.path.join(self.folder.name, "uploads")
        os.mkdir(self.root)
        os.mkdir(self.uploads)
        with open(os.path.join(self.root, "page.html"), "w") as page:
            page.write("<p>0123456789</p>")
        with open(os.path.join(self.folder.name, "secret"), "w") as secret:
            secret.write("not for you")
        os.symlink("../secret", os.path.join(self.root, "link"))
        self.server = Server("serve", "--root", self.root, "--uploads", self.uploads)

    def tearDown(self):
        self.server.__exit__()
        self.folder.cleanup()

    def status(self, *arguments):
        return curl("-o", "/dev/null", "-w", "%{http_code}", *arguments).stdout

    def test_static_file(self):
        answer = curl("-i", self.server.url + "/page.html").stdout
        self.assertIn("text/html", answer)
        self.assertTrue(answer.endswith("<p>0123456789</p>"))
        self.assertEqual(curl("-r", "3-5", self.server.url + "/page.html").stdout, "012")
        self.assertEqual(self.status(self.server.url + "/none.html"), "404")

    def test_no_way_out_of_the_root(self):
        for path in ("/../secret", "/%2e%2e/secret", "/..%2fsecret", "/link"):
            answer = curl("--path-as-is", self.server.url + path)
            self.assertNotIn("not for you", answer.stdout, path)

    def test_upload_is_stored_whole(self):
        content = os.urandom(2_000_000)
        source = os.path.join(self.folder.name, "source")
        with open(source, "wb") as out:
            out.write(content)
        self.assertEqual(self.status("-T", source, self.server.url + "/uploads/a.bin"), "201")
        self.assertEqual(self.status("-T", source, self.server.url + "/uploads/a.bin"), "204")
        with open(os.path.join(self.uploads, "a.bin"), "rb") as stored:
            self.assertEqual(stored.read(), content)
        self.assertEqual(os.listdir(self.uploads), ["a.bin"])

    def test_bad_names_are_refused(self):
        for name in (".hidden", "a%2Fb", "%2e%2e", "a%00b"):
            # Newer curl would resolve "%2e%2e" by itself.
            self.assertEqual(self.status("--path-as-is", "-X", "PUT", "-d", "x", self.server.url + "/uploads/" + name),
                             "400", name)
        self.assertEqual(os.listdir(self.uploads), [])

    def test_nothing_is_left_when_the_client_goes(self):
        client = self.server.connect()
        client.sendall(b"PUT /uploads/b.bin HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" + b"x" * 100_000)
        wait_until(lambda: os.listdir(self.uploads), "the upload has begun")
        client.close()
        wait_until(lambda: not os.listdir(self.uploads), "its temporary file is gone")
        self.assertEqual(self.server.stop(), 0)


class FullDisk(unittest.TestCase):
    def assert_answered_507(self, folder, *prefix):
        with Server("serve", "--uploads", folder, prefix=prefix) as server:
            with tempfile.NamedTemporaryFile() as content:
                content.write(b"x" * 3_000_000)
                content.flush()
                done = curl("-i", "-T", content.name, server.url + "/uploads/large")
            self.assertIn("507 Insufficient Storage", done.stdout)
            self.assertEqual(os.listdir(f"/proc/{server.process.pid}/root{folder}"), [])
            self.assertEqual(curl("-T", __file__, "-o", "/dev/null", "-w", "%{http_code}",
                                  server.url + "/uploads/small").stdout, "201")
            self.assertEqual(server.stop(), 0)

    def test_file_size_limit(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assert_answered_507(folder, "prlimit", "--fsize=1048576")

    def test_full_file_system(self):
        """A file system of its own, seen only by the server, with room for a megabyte.

        Where the kernel lets nobody make one, as in a chroot, the other test has to do."""
        if run("unshare", "--map-root-user", "--mount", "true").returncode != 0:
            return
        with tempfile.TemporaryDirectory() as folder:
            mount = f'mount -t tmpfs -o size=1m tmpfs "{folder}" && exec "$0" "$@"'
            self.assert_answered_507(folder, "unshare", "--map-root-user", "--mount", "sh", "-c", mount)


if __name__ == "__main__":
    main()
