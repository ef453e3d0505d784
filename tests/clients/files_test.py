"""Static files: what the kernel has in memory comes from the event loop, all else from the pool."""

import contextlib
import ctypes
import http.client
import mmap
import os
import socket
import tempfile
import time
import unittest

from harness import HANDLERS, PATIENCE, Server, main, wait_until

# What is answered on the loop at most.
SMALL = 64 * 1024
PAGE = bytes(range(256)) * 8


def is_told_from_memory(folder):
    """Whether the file system of `folder` says what is in memory: overlayfs and tmpfs do not."""
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        file.write(b"x")
        file.flush()
        with open(file.name, "rb") as again, contextlib.suppress(OSError):
            return os.preadv(again.fileno(), [bytearray(1)], 0, os.RWF_NOWAIT) == 1
    return False


def is_in_memory(file):
    """Whether the kernel holds any of `file`, which is open for reading and writing and not empty."""
    with mmap.mmap(file.fileno(), 0) as mapping:
        start = ctypes.c_char.from_buffer(mapping)
        pages = (ctypes.c_ubyte * (len(mapping) // mmap.PAGESIZE + 1))()
        failed = ctypes.CDLL(None, use_errno=True).mincore(ctypes.byref(start), ctypes.c_size_t(len(mapping)), pages)
        del start
        if failed:
            raise OSError(ctypes.get_errno(), "mincore")
        return any(page & 1 for page in pages)


def is_forgotten(file):
    """Has the kernel forget `file`. @returns whether it did: a page that it is at just then stays"""
    os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return not is_in_memory(file)


def hears_nothing(client):
    """Whether `client`, which has asked for something, is not answered for a moment."""
    client.sock.settimeout(0.1)
    try:
        client.sock.recv(1, socket.MSG_PEEK)
    except TimeoutError:
        return True
    finally:
        client.sock.settimeout(PATIENCE)
    return False


class Files(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory(dir=self.place())
        self.addCleanup(holder.cleanup)
        self.folder = os.path.join(holder.name, "root")
        os.makedirs(os.path.join(self.folder, "sub"))
        self.write("page.html", PAGE)
        self.write("large.bin", PAGE * 64)
        self.write("empty.txt", b"")
        self.write("index.html", b"the index")
        self.write("sub/index.html", b"below")
        self.write("../outside", b"not for you")
        os.symlink("../outside", os.path.join(self.folder, "out"))
        os.symlink("/etc/hostname", os.path.join(self.folder, "absolute"))
        os.symlink("page.html", os.path.join(self.folder, "link.html"))
        self.write(".hidden", b"not for you")
        self.server = self.enterContext(
            Server("serve", "--root", self.folder, "--load", HANDLERS, "--threads", "1", "--pool-threads", "1"))

    def place(self):
        return None

    def write(self, name, content):
        """Writes a file and forgets its content. It was read later than it was written, so that the
        kernel has no access to note."""
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        os.utime(path, (time.time() + 60, os.stat(path).st_mtime))
        return path

    def client(self, timeout=PATIENCE):
        client = http.client.HTTPConnection(self.server.host, self.server.port, timeout=timeout)
        self.addCleanup(client.close)
        return client

    def ask(self, target, method="GET", client=None, **fields):
        client = client or self.client()
        client.request(method, target, headers={name.replace("_", "-"): value for name, value in fields.items()})
        answer = client.getresponse()
        return answer, answer.read()

    @contextlib.contextmanager
    def pool_held(self):
        """Nothing that the pool has to do is done meanwhile."""
        times = self.server.notes().get("hold started", 0)
        holding = self.client()
        holding.request("GET", "/hold-pool")
        self.server.wait_for_note("hold started", times + 1)
        try:
            yield
        finally:
            self.ask("/release-pool")
            self.assertEqual(holding.getresponse().status, 200)

    def assert_answers(self):
        client = self.client()
        for target, content in (("/page.html", PAGE), ("/large.bin", PAGE * 64), ("/empty.txt", b""),
                                ("/", b"the index"), ("/sub/", b"below"), ("/link.html", PAGE)):
            for _ in range(2):
                answer, got = self.ask(target, client=client)
                self.assertEqual((answer.status, got), (200, content), target)
                head, nothing = self.ask(target, "HEAD", client)
                self.assertEqual((head.status, nothing), (200, b""))
                for fields in (answer, head):
                    self.assertEqual(fields.headers["Content-Length"], str(len(content)))
                    self.assertEqual(fields.headers["Accept-Ranges"], "bytes")
                    self.assertEqual(fields.headers["X-Content-Type-Options"], "nosniff")
                    self.assertEqual(fields.headers["Content-Type"], answer.headers["Content-Type"])
        for target in ("/out", "/absolute", "/.hidden", "/%2e%2e/outside", "/..%2foutside", "/none", "/page.html/",
                       "/sub//", "/none/page.html"):
            answer, got = self.ask(target, client=client)
            self.assertIn(answer.status, (404,), target)
            self.assertNotIn(b"not for you", got)
        answer, _ = self.ask("/sub?a=b", client=client)
        self.assertEqual((answer.status, answer.headers["Location"]), (301, "/sub/?a=b"))

    def assert_conditions(self):
        client = self.client()
        for target, size in (("/page.html", len(PAGE)), ("/large.bin", len(PAGE) * 64)):
            answer, _ = self.ask(target, client=client)
            tag = answer.headers["ETag"]
            changed, got = self.ask(target, client=client, If_None_Match=tag)
            self.assertEqual((changed.status, got, changed.headers["ETag"]), (304, b"", tag))
            self.assertEqual(self.ask(target, client=client, If_Match=tag)[0].status, 412)
            part, got = self.ask(target, client=client, Range="bytes=250-259")
            self.assertEqual((part.status, got), (206, (PAGE * 64)[250:260]))
            self.assertEqual(part.headers["Content-Range"], f"bytes 250-259/{size}")
            self.assertEqual(self.ask(target, client=client, Range=f"bytes={size}-")[0].status, 416)

    def test_answers(self):
        """Whichever way it comes a file has the same answers (RFC 9110 sec. 9.3.2)"""
        self.assert_answers()

    def test_conditions_and_ranges(self):
        """Whichever way it comes a file keeps conditions and ranges (RFC 9110 sec. 13.2.2 and 14.2)"""
        self.assert_conditions()

    def test_a_file_that_changes(self):
        """Nothing old is answered."""
        for content in (b"one", b"two", b"three" * 100):
            self.write("page.html", content)
            self.assertEqual(self.ask("/page.html")[1], content)
            os.replace(self.write("new", content * 2), os.path.join(self.folder, "page.html"))
            self.assertEqual(self.ask("/page.html")[1], content * 2)
        os.unlink(os.path.join(self.folder, "page.html"))
        self.assertEqual(self.ask("/page.html")[0].status, 404)


class OnTheLoop(Files):
    """Only where the file system tells what is in memory."""

    def setUp(self):
        if not is_told_from_memory(tempfile.gettempdir()):
            self.skipTest("this file system does not tell what is in memory")
        super().setUp()

    def test_small_files_need_no_pool(self):
        self.write("small.bin", bytes(SMALL))
        for target in ("/page.html", "/sub/", "/none", "/large.bin", "/small.bin"):
            self.ask(target)  # now they are in memory
        with self.pool_held():
            for target, content in (("/page.html", PAGE), ("/sub/", b"below"), ("/small.bin", bytes(SMALL))):
                answer, got = self.ask(target)
                self.assertEqual((answer.status, got), (200, content))
            self.assertEqual(self.ask("/none")[0].status, 404)
            part, got = self.ask("/large.bin", Range="bytes=-5")
            self.assertEqual((part.status, got), (206, PAGE[-5:]))

    def test_the_loop_waits_for_no_disk(self):
        """What is not in memory waits for the pool, and the loop serves others (S52)"""
        for size in (len(PAGE), SMALL + 1):
            # The kernel reads ahead where it is asked for what it has not, and may have it at once.
            self.assertTrue(any(self.waits_for_the_pool(size) for _ in range(8)), size)

    def waits_for_the_pool(self, size):
        """Asks for a file of `size` octets that is not in memory."""
        path = self.write("cold.bin", bytes(size))
        with open(path, "r+b") as file:
            wait_until(lambda: is_forgotten(file), "its content is forgotten")
        os.stat(path)  # its name is known, its content is not
        with self.pool_held():
            waiting = self.client()
            waiting.request("GET", "/cold.bin")
            self.assertEqual(self.ask("/healthz")[0].status, 200)
            waits = hears_nothing(waiting)
        self.assertEqual(len(waiting.getresponse().read()), size)
        return waits

    def test_a_file_that_is_half_in_memory(self):
        """What the kernel holds a part of is sent whole (RFC 9110 sec. 9.3.1)"""
        content = os.urandom(SMALL)
        path = self.write("half.bin", content)
        for kept in (SMALL // 2, 4096):
            with open(path, "rb") as file:
                file.read()
                os.posix_fadvise(file.fileno(), kept, SMALL - kept, os.POSIX_FADV_DONTNEED)
            self.assertEqual(self.ask("/half.bin")[1], content)

    def test_the_loop_notes_no_access(self):
        """The time of an access goes through the file system's journal: the pool has it noted."""
        if not os.statvfs(self.folder).f_flag & os.ST_RELATIME:
            self.skipTest("the time of an access is noted never here, or each time")
        path = self.write("unread.bin", b"x")
        with open(path, "rb") as file:
            file.read()  # so that it is in memory
        facts = os.stat(path)
        os.utime(path, ns=(facts.st_mtime_ns - 1, facts.st_mtime_ns))
        with self.pool_held():
            waiting = self.client()
            waiting.request("GET", "/unread.bin")
            self.assertTrue(hears_nothing(waiting))
        self.assertEqual(waiting.getresponse().read(), b"x")
        self.assertGreater(os.stat(path).st_atime_ns, facts.st_mtime_ns)


class InMemory(Files):
    """A file system that does not tell: all comes from the pool, with the same answers."""

    def place(self):
        return "/dev/shm"


if __name__ == "__main__":
    main()
