"""A copy of the sources, with a build of its own, into which faults are put."""

import dataclasses
import json
import pathlib
import re
import resource
import subprocess

PRESET = "dev"
LONGEST = 60  # s that one test may take, when it has no limit of its own
MOST_MEMORY = 8 << 30  # octets of address space: a fault must not take the machine with it


@dataclasses.dataclass
class Test:
    number: int  # as ctest counts
    name: str
    command: list
    labels: list

    @property
    def is_quick(self):
        # The check of the lists sees each fault by its text, not by what it does.
        return not {"slow", "install"} & set(self.labels) and not self.name.startswith("mutants: ")


def tests_of(build):
    """@returns the tests of a build folder"""
    said = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], check=True,
                          capture_output=True, text=True).stdout
    tests = []
    for number, test in enumerate(json.loads(said)["tests"], 1):
        properties = {one["name"]: one["value"] for one in test.get("properties", [])}
        tests.append(Test(number, test["name"], test.get("command", []),
                          properties.get("LABELS", [])))
    return tests


def named(tests, fault):
    """@returns the quick tests whose names the fault gives, and the parts that name none"""
    chosen, unknown = [], []
    for part in fault.noticed_by:
        found = [test for test in tests if part in test.name and test.is_quick]
        chosen += found
        if not found:
            unknown.append(part)
    return chosen, unknown


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))


class Checkout:
    """Made below build/mutants; what is there from last time is used again."""

    def __init__(self, root, number):
        self.root = root
        self.folder = root / "build/mutants" / str(number)
        self.build = self.folder / "build" / PRESET

    def renew(self):
        """Makes its sources those of the project; only what differs is written, and built again."""
        said = subprocess.run(["git", "ls-files", "-z", "--cached", "--others",
                               "--exclude-standard"], cwd=self.root, check=True,
                              capture_output=True, text=True).stdout
        links = {name for name in said.split("\0") if name and (self.root / name).is_symlink()}
        wanted = {name for name in said.split("\0") if name and (self.root / name).is_file()} - links
        for name in wanted:
            self.write(name, (self.root / name).read_bytes())
            (self.folder / name).chmod((self.root / name).stat().st_mode)
        for name in links:
            if not (self.folder / name).is_symlink():
                (self.folder / name).symlink_to((self.root / name).readlink())
        for path in self.folder.rglob("*"):
            name = path.relative_to(self.folder)
            if (name.parts[0] != "build" and path.is_file() and str(name) not in wanted
                    and not any(str(above) in links for above in (name, *name.parents))):
                path.unlink()

    def write(self, name, content):
        path = self.folder / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def configure(self):
        # A program is not linked again because a library of it is another one.
        return self.run(["cmake", "--preset", PRESET, "-DSLUICE_BUILD_EXAMPLES=OFF",
                         "-DCMAKE_LINK_DEPENDS_NO_SHARED=ON"])

    def make(self, tests, jobs):
        """Builds what these tests run, or everything for None. @returns "" or what went wrong"""
        targets = ["all"]
        if tests is not None and all(self.build in pathlib.Path(test.command[0]).parents
                                     for test in tests):
            targets = sorted({pathlib.Path(test.command[0]).name for test in tests})
        return self.run(["cmake", "--build", self.build, "--parallel", str(jobs),
                         "--target", *targets])

    def failing(self, tests, keep_on=False):
        """@returns the names of the tests that fail: the first one, or with `keep_on` all"""
        chosen = "0,0,0," + ",".join(str(test.number) for test in tests)
        self.run(["ctest", "--test-dir", self.build, "-I", chosen, "--timeout", str(LONGEST),
                  "--output-log", self.build / "mutants.log",
                  *(["--parallel", "2"] if keep_on else ["--stop-on-failure"])], preexec_fn=limit_memory)
        said = (self.build / "mutants.log").read_text(errors="replace")
        return re.findall(r"^\t *\d+ - (.*) \((?!Skipped)[A-Za-z ]+\)$", said, re.MULTILINE)

    def run(self, command, **how):
        """@returns "" or, of a command that failed, what it printed"""
        done = subprocess.run(command, cwd=self.folder, check=False, text=True, errors="replace",
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, **how)
        return "" if done.returncode == 0 else done.stdout or f"status {done.returncode}"
