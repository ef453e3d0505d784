"""`sluice new`: what it writes, and what it refuses. That it builds, tests/install/check shows."""

import os
import resource
import tempfile
import unittest

from harness import BINARY, main, run

BINARY = os.path.abspath(BINARY)
FILES = {".gitignore", "CMakeLists.txt", "README.md", "main.cpp", "pond.cpp", "pond.hpp",
         "pond_test.cpp"}


def entries(*path):
    return set(os.listdir(os.path.join(*path)))


class NewProject(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def new(self, *arguments, **options):
        return run(BINARY, "new", *arguments, cwd=self.folder, **options)

    def assert_refused(self, *arguments, names, **options):
        before = entries(self.folder)
        done = self.new(*arguments, **options)
        self.assertEqual(done.returncode, 2, (arguments, done.stdout, done.stderr))
        self.assertIn(names, done.stderr)
        self.assertEqual(entries(self.folder), before)

    def test_it_writes_a_folder_of_that_name(self):
        done = self.new("pond")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("cd pond", done.stdout)
        self.assertEqual(entries(self.folder, "pond"), FILES)
        for name in FILES:
            with open(os.path.join(self.folder, "pond", name)) as file:
                text = file.read()
            self.assertTrue(text.endswith("\n"), name)
            self.assertNotIn("@", text, name)

    def test_it_writes_where_it_is_told(self):
        for at, form in enumerate((("--directory", "a/b/0"), ("--directory=a/b/1",))):
            self.assertEqual(self.new("pond", *form).returncode, 0)
            self.assertEqual(entries(self.folder, "a/b", str(at)), FILES)
        os.mkdir(os.path.join(self.folder, "empty"))
        self.assertEqual(self.new("--directory", "empty/", "pond").returncode, 0)
        self.assertEqual(entries(self.folder, "empty"), FILES)

    def test_bad_names(self):
        for name in ("Pond", "9pond", "_pond", "pond_", "po__nd", "po-nd", "po nd", "../pond", "pönd",
                     "p" * 65):
            self.assert_refused(name, names="lower-case letters")
        for name in ("main", "test", "all", "sluice"):
            self.assert_refused(name, names=f"'{name}' can't be")
        self.assertEqual(self.new("p" * 64).returncode, 0)

    def test_bad_arguments(self):
        self.assert_refused(names="needs a name")
        self.assert_refused("pond", "lake", names="lake")
        self.assert_refused("pond", "--directory", names="--directory")
        self.assert_refused("pond", "--directories=a", names="--directories")

    def test_a_folder_with_something_in_it_stays_as_it_is(self):
        os.mkdir(os.path.join(self.folder, "pond"))
        with open(os.path.join(self.folder, "pond", "mine"), "w") as file:
            file.write("mine")
        self.assert_refused("pond", names="not empty")
        self.assertEqual(entries(self.folder, "pond"), {"mine"})

    def test_a_folder_that_cannot_be_made(self):
        with open(os.path.join(self.folder, "pond"), "w"):
            pass
        self.assert_refused("pond", names="pond")
        self.assert_refused("lake", "--directory", "pond/lake", names="pond/lake")

    def test_a_full_disk_leaves_nothing(self):
        def no_room():
            resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))
        self.assert_refused("pond", "--directory", "a/b", names="CMakeLists.txt", preexec_fn=no_room)

    def test_help(self):
        for arguments in (("--help",), ("pond", "-h")):
            done = self.new(*arguments)
            self.assertEqual(done.returncode, 0)
            self.assertIn("--directory", done.stdout)
        self.assertEqual(entries(self.folder), set())


if __name__ == "__main__":
    main()
