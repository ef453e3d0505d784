"""Uploads under conditions: what `sluice serve --uploads` stores, and what it refuses untouched."""

import email.utils
import os
import tempfile
import threading
import unittest

from harness import Server, main, receive_all

OLD = "Sat, 01 Jan 2000 00:00:00 GMT"
CLIENTS = 8


class Uploads(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.uploads = os.path.join(cls.folder.name, "uploads")
        os.mkdir(cls.uploads)
        # The root shows the validators of what was stored.
        cls.server = Server("serve", "--root", cls.uploads, "--uploads", cls.uploads)

    @classmethod
    def tearDownClass(cls):
        status = cls.server.stop()
        cls.server.__exit__()
        cls.folder.cleanup()
        assert status == 0, status

    def setUp(self):
        self.addCleanup(lambda: self.assertFalse([n for n in os.listdir(self.uploads) if n.startswith(".")]))
        self.path = os.path.join(self.uploads, "there")
        with open(self.path, "wb") as there:
            there.write(b"before")

    def stored(self, name="there"):
        with open(os.path.join(self.uploads, name), "rb") as file:
            return file.read()

    def ask(self, method, target, *fields, content=b""):
        """All octets of the answer. Each field is a line."""
        lines = [f"{method} {target} HTTP/1.1", "Host: a", "Connection: close", *fields]
        if method != "GET":
            lines.append(f"Content-Length: {len(content)}")
        with self.server.connect() as client:
            client.sendall("\r\n".join([*lines, "", ""]).encode() + content)
            return receive_all(client)

    def put(self, *fields, name="there", method="PUT"):
        answer = self.ask(method, f"/uploads/{name}", *fields, content=b"after")
        return int(answer.split(b" ", 2)[1])

    def validator(self, name):
        for line in self.ask("GET", "/there").decode().split("\r\n"):
            if line.startswith(f"{name}: "):
                return line.removeprefix(f"{name}: ")
        self.fail(f"no {name}")

    def assert_kept(self, *fields, status=412):
        for method in ("PUT", "POST"):
            self.assertEqual(self.put(*fields, method=method), status, (method, fields))
            self.assertEqual(self.stored(), b"before", (method, fields))

    def assert_stored(self, *fields, name="there", status=204):
        self.assertEqual(self.put(*fields, name=name), status, fields)
        self.assertEqual(self.stored(name), b"after", fields)

    def test_if_none_match_any_keeps_what_is_there(self):
        """What is there is not replaced where it must not be (RFC 9110 sec. 13.1.2)"""
        self.assert_kept("If-None-Match: *")
        self.assert_stored("If-None-Match: *", name="new-any", status=201)

    def test_if_none_match_compares_weakly(self):
        """A tag of what is there keeps it (RFC 9110 sec. 13.1.2)"""
        tag = self.validator("ETag")
        self.assert_kept(f'If-None-Match: "another", {tag}')
        self.assert_kept(f"If-None-Match: {tag.removeprefix('W/')}")
        self.assert_kept('If-None-Match: "another"', f"If-None-Match: {tag}")
        self.assert_stored('If-None-Match: "another"')

    def test_if_match_needs_what_is_there(self):
        """Something has to be there, and a weak tag, as ours are, names nothing (RFC 9110 sec. 13.1.1)"""
        self.assert_kept('If-Match: "x"')
        self.assert_kept(f"If-Match: {self.validator('ETag')}")
        self.assert_stored("If-Match: *")
        self.assertEqual(self.put("If-Match: *", name="absent"), 412)
        self.assertEqual(self.put('If-Match: "x"', name="absent"), 412)
        self.assertNotIn("absent", os.listdir(self.uploads))

    def test_if_unmodified_since(self):
        """What has changed since is kept (RFC 9110 sec. 13.1.4)"""
        self.assert_kept(f"If-Unmodified-Since: {OLD}")
        self.assert_stored(f"If-Unmodified-Since: {self.validator('Last-Modified')}")
        self.assert_stored("If-Unmodified-Since: yesterday")
        self.assert_stored(f"If-Unmodified-Since: {OLD}", name="new-since", status=201)

    def test_order_of_evaluation(self):
        """If-Match goes before dates, and If-None-Match is asked besides (RFC 9110 sec. 13.2.2)"""
        self.assert_kept("If-Match: *", "If-None-Match: *")
        self.assert_kept('If-Match: "x"', 'If-None-Match: "y"')
        self.assert_stored("If-Match: *", f"If-Unmodified-Since: {OLD}")

    def test_if_modified_since_is_for_reading(self):
        """If-Modified-Since holds for reading alone (RFC 9110 sec. 13.1.3)"""
        self.assert_stored(f"If-Modified-Since: {email.utils.formatdate(usegmt=True)}")

    def test_part_of_a_file(self):
        """A part of a file is never taken for the whole (RFC 9110 sec. 14.5)"""
        self.assert_kept("Content-Range: bytes 6-10/11", status=400)
        self.assertEqual(self.put("Content-Range: bytes 0-4/5", name="absent"), 400)
        self.assertNotIn("absent", os.listdir(self.uploads))

    def test_conditions_count_only_where_it_would_be_stored(self):
        """Another refusal comes before that of a condition (RFC 9110 sec. 13.2.1)"""
        os.makedirs(os.path.join(self.uploads, "folder"), exist_ok=True)
        for fields in ([], ["If-None-Match: *"], ['If-Match: "x"']):
            self.assertEqual(self.put(*fields, name="folder"), 409)
            self.assertEqual(self.put(*fields, name=".hidden"), 400)

    def test_refused_before_the_content(self):
        """No 100 Continue goes before a 412 that is known (RFC 9110 sec. 10.1.1)"""
        for field in ("If-None-Match: *", "Content-Range: bytes 6-10/11"):
            with self.server.connect() as client:
                client.sendall(f"PUT /uploads/there HTTP/1.1\r\nHost: a\r\n{field}\r\nExpect: 100-continue\r\n"
                               "Content-Length: 5\r\n\r\n".encode())
                answer = receive_all(client)
            self.assertRegex(answer, rb"^HTTP/1\.1 4(12|00) ")

    def begin(self, name, *fields):
        """A client whose upload of "after" has been let pass, without its content."""
        client = self.server.connect()
        self.addCleanup(client.close)
        lines = [f"PUT /uploads/{name} HTTP/1.1", "Host: a", "Connection: close", "Expect: 100-continue",
                 "Content-Length: 5", *fields, "", ""]
        client.sendall("\r\n".join(lines).encode())
        self.assertEqual(client.recv(25), b"HTTP/1.1 100 Continue\r\n\r\n")
        return client

    def end(self, client):
        client.sendall(b"after")
        return int(receive_all(client).split(b" ", 2)[1])

    def test_what_came_meanwhile_is_kept(self):
        """The condition holds when the content is complete as well (RFC 9110 sec. 13.1)"""
        for field in ("If-None-Match: *", f"If-Unmodified-Since: {OLD}"):
            client = self.begin("meanwhile", field)
            with open(os.path.join(self.uploads, "meanwhile"), "wb") as other:
                other.write(b"other")
            self.assertEqual(self.end(client), 412, field)
            self.assertEqual(self.stored("meanwhile"), b"other")
            os.unlink(os.path.join(self.uploads, "meanwhile"))

    def test_what_went_meanwhile_is_not_made_anew(self):
        """What has gone meanwhile is not made anew (RFC 9110 sec. 13.1.1)"""
        client = self.begin("there", "If-Match: *")
        os.unlink(self.path)
        self.assertEqual(self.end(client), 412)
        self.assertNotIn("there", os.listdir(self.uploads))

    def test_one_of_many_wins(self):
        """Of clients that create the same name at once exactly one does (RFC 9110 sec. 13.1.2)"""
        for attempt in range(10):
            name = f"contested{attempt}"
            clients = [self.begin(name, "If-None-Match: *") for _ in range(CLIENTS)]
            statuses = []
            threads = [threading.Thread(target=lambda c=c: statuses.append(self.end(c))) for c in clients]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(sorted(statuses), [201] + [412] * (CLIENTS - 1))


if __name__ == "__main__":
    main()
