"""The servers that are compared: how each is started, and what it can do."""

import dataclasses
import os
import pathlib
import re
import shutil
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ROOT / "build/release/bench"
WORK = ROOT / "build/bench"
SOURCES = ROOT / "bench/peers"

# Debian's own, which has Debian's Quart.
PYTHON = "/usr/bin/python3"


def output_of(*command, environment=None):
    """The first line that a command prints, or None where it can't be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True,
                              env=environment)
    except (OSError, subprocess.SubprocessError):
        return None
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if lines else ""


@dataclasses.dataclass
class Peer:
    """One server. What it `can` do are the scenarios' `needs`."""

    name: str
    can: frozenset
    cores: tuple = (0,)  # on which it runs; the load generator has the other, or the same

    def missing(self):
        """Why it can't run, or None."""
        return None

    def version(self):
        return ""

    def prepare(self):
        """What is done once, before the first start."""

    def command(self, port):
        raise NotImplementedError

    def environment(self):
        return {}


class Program(Peer):
    """A peer that CMake builds."""

    def __init__(self, name, can, arguments=("{port}",), cores=(0,), program=None):
        super().__init__(name, frozenset(can), cores)
        self.program = PROGRAMS / f"bench_{program or name}"
        self.arguments = arguments

    def missing(self):
        return None if self.program.exists() else f"{self.program.name} was not built"

    def version(self):
        if self.name == "beast":
            header = pathlib.Path("/usr/include/boost/version.hpp")
            found = re.search(r'BOOST_LIB_VERSION "([\d_]+)"', header.read_text())
            return "Boost " + found.group(1).replace("_", ".")
        if self.name.startswith("sluice"):
            return output_of("git", "-C", str(ROOT), "describe", "--always", "--dirty") or ""
        return ""

    def command(self, port):
        return [str(self.program), *(part.format(port=port) for part in self.arguments)]


class Nginx(Peer):
    def __init__(self):
        super().__init__("nginx", frozenset({"get", "sink", "download", "idle"}))
        self.program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
        self.folder = WORK / "nginx"

    def missing(self):
        return None if self.program else "Debian's nginx-light is not installed"

    def version(self):
        return output_of(self.program, "-v").removeprefix("nginx version: ")

    def prepare(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        # Its worker is another user, who must be let in.
        self.folder.chmod(0o755)
        # Files to download. Their content is nobody's business, so they take no room on the disk;
        # reading them once fetches them into memory.
        for octets in (1 << 20, 1 << 30):
            with open(self.folder / f"{octets}.bin", "a+b") as file:
                file.truncate(octets)
                file.seek(0)
                while file.read(1 << 20):
                    pass

    def command(self, port):
        template = (SOURCES / "nginx/nginx.conf").read_text()
        config = self.folder / "nginx.conf"
        user = "user root;\n" if os.geteuid() == 0 else ""
        config.write_text(user + template.format(folder=self.folder, port=port))
        return [self.program, "-p", str(self.folder), "-c", str(config)]


class Go(Peer):
    def __init__(self):
        super().__init__("go", frozenset({"get", "sink", "count", "slow", "download", "idle", "ws",
                                          "cancel"}))
        self.program = WORK / "bench_go"
        self.gorilla = pathlib.Path("/usr/share/gocode/src/github.com/gorilla/websocket")

    def missing(self):
        if not shutil.which("go"):
            return "Debian's golang-go is not installed"
        if not self.gorilla.is_dir():
            return "Debian's golang-github-gorilla-websocket-dev is not installed"
        return None

    def version(self):
        return output_of("go", "version").removeprefix("go version ").split()[0]

    def prepare(self):
        # Nothing is fetched: the packages are Debian's.
        environment = os.environ | {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode",
                                    "GOFLAGS": "", "GOCACHE": str(WORK / "go-cache")}
        subprocess.run(["go", "build", "-o", str(self.program), "."], cwd=SOURCES / "go",
                       env=environment, check=True)

    def command(self, port):
        return [str(self.program), str(port)]

    def environment(self):
        return {"GOMAXPROCS": "1"}


class Script(Peer):
    """A peer whose packages are fetched by npm: `./dev bench` does it."""

    def __init__(self, name, can, package):
        super().__init__(name, frozenset(can))
        self.package = SOURCES / "node_modules" / package

    def runtime(self):
        if self.name == "node":
            return shutil.which("node")
        # The package for the platform has the program; its installation script may move it.
        found = [*self.package.glob("bin/bun.exe"), *self.package.glob("../@oven/bun-*/bin/bun")]
        return str(found[0]) if found else None

    def missing(self):
        if not self.package.is_dir():
            return f"the npm package {self.package.name} is not installed"
        if output_of(self.runtime() or self.name, "--version") is None:
            return f"{self.name} does not run here"
        return None

    def version(self):
        version = output_of(self.runtime(), "--version")
        if self.package.name == "ws":
            found = re.search(r'"version": "([^"]+)"', (self.package / "package.json").read_text())
            version += f", ws {found.group(1)}"
        return version

    def command(self, port):
        return [self.runtime(), str(SOURCES / self.name / "server.mjs"), str(port)]


class Quart(Peer):
    def __init__(self):
        super().__init__("quart", frozenset({"get", "sink", "count", "slow", "download", "idle",
                                             "ws", "cancel"}))

    def missing(self):
        if output_of(PYTHON, "-c", "import quart, hypercorn") is None:
            return "Debian's python3-quart and python3-hypercorn are not installed"
        return None

    def version(self):
        return output_of(PYTHON, "-c", "from importlib.metadata import version as v; "
                         "print(v('quart') + ', Hypercorn ' + v('hypercorn'))")

    def command(self, port):
        return [PYTHON, "-m", "hypercorn", "--workers", "1", "--bind", f"127.0.0.1:{port}",
                "--backlog", "4096", "--keep-alive", "60", "--log-level", "error", "app:app"]

    def environment(self):
        return {"PYTHONPATH": str(SOURCES / "quart"), "PYTHONDONTWRITEBYTECODE": "1"}


EVERYTHING = {"get", "sink", "count", "slow", "download", "idle", "ws", "cancel"}


def sluice(name, threads, cores):
    arguments = ("--port", "{port}", "--threads", str(threads), "--access-log", "false")
    return Program(name, EVERYTHING | {"actor", "callback", "locks"}, arguments, cores, "sluice")


# In the order of the table's columns.
PEERS = [
    sluice("sluice", 1, (0,)),
    Program("floor", EVERYTHING),
    Nginx(),
    Program("beast", EVERYTHING),
    Script("bun", EVERYTHING, "bun"),
    Go(),
    Script("node", EVERYTHING, "ws"),
    Quart(),
]

# Only to see how Sluice scales; the load generator shares both cores with it.
SLUICE_ON_TWO = sluice("sluice-2", 2, (0, 1))
