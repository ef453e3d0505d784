#!/usr/bin/env python3
"""walk.py PAGE...: does what a reader of these pages does, in their order, in one scratch folder.
walk.py --but FOLDER: the same with all pages that are not below FOLDER, each in a fresh one.

Which marks there are, blocks.py says. Between what stands on a page and what is run there is this:

- The ports 8080, 9000 and 9001 become free ones, and 0.0.0.0 the loopback address. `sluice` without
  a port is told the first of these.
- /opt, /etc and /srv are folders of the scratch folder, and so is the home directory. There
  /opt/sluice and ~/sluice are the installed tree, whose bin/ is in the path.
- What the pages take for granted is there: see `furnish`.
- build/release/sluice is the installed binary.

Output is compared where it is the line of a server that listens, behind the block that starts it,
and where it begins with the command, behind a dollar.

Environment: SLUICE_PREFIX, the installed tree; SLUICE_LIBRARIES, two libraries of handlers, with
a colon between them; SLUICE_SCRATCH, the folder; SLUICE_CCACHE, which may be empty.
"""

import os
import pathlib
import random
import re
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import time

import blocks

PREFIX = pathlib.Path(os.environ["SLUICE_PREFIX"])
SCRATCH = pathlib.Path(os.environ["SLUICE_SCRATCH"])
COMMENT = re.compile(r"^(.*\S)\s+# (.*)$")
LISTENING = "sluice: listening on "
LONGEST = 240  # seconds, for one line: it may build something


def fail(block, what):
    sys.exit(f"{block.where()}: {what}")


def free_port():
    """Below those that the kernel gives to tests that ask for any."""
    while True:
        port = random.randrange(20000, 30000)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return str(port)
            except OSError:
                pass


def environment():
    """As a reader's, but for the home directory."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SLUICE_")}
    if ccache := os.environ.get("SLUICE_CCACHE"):
        kept["CMAKE_CXX_COMPILER_LAUNCHER"] = ccache
        # Where it is without that home directory.
        kept["CCACHE_DIR"] = subprocess.run([ccache, "--get-config", "cache_dir"], check=True, text=True,
                                            capture_output=True).stdout.strip()
    return {**kept, "HOME": str(SCRATCH), "PATH": f"{PREFIX}/bin:{kept['PATH']}"}


def furnish():
    """Makes the folder, and in it what the pages take for granted."""
    shutil.rmtree(SCRATCH, ignore_errors=True)
    for folder in ("opt/weigh/lib", "opt/other/lib", "etc", "srv/www", "srv/my files", "srv/incoming", "public",
                   "incoming"):
        (SCRATCH / folder).mkdir(parents=True)
    (SCRATCH / "sluice").symlink_to(PREFIX)
    (SCRATCH / "opt/sluice").symlink_to(PREFIX)
    for target, library in zip((("opt/weigh/lib/libweigh_app.so", "libapp.so"), ("opt/other/lib/libother.so",)),
                               os.environ["SLUICE_LIBRARIES"].split(":")):
        for name in target:
            (SCRATCH / name).symlink_to(library)
    (SCRATCH / "photo.jpg").write_bytes(os.urandom(10 * 1024 * 1024))


class Walk:
    """One page after the other."""

    def __init__(self):
        self.ports = {port: free_port() for port in ("8080", "9000", "9001")}
        self.server = None
        self.server_block = None
        self.listening = None

    def adapted(self, text):
        text = re.sub(r"\b(8080|900[01])\b", lambda found: self.ports[found.group()], text)
        text = re.sub(r"(^|[\s=\"'])/(opt|etc|srv)/", rf"\g<1>{SCRATCH}/\2/", text, flags=re.MULTILINE)
        text = re.sub(r"(^|[\s=])/(opt/\w+)(?=\s|$)", rf"\g<1>{SCRATCH}/\2", text, flags=re.MULTILINE)
        return text.replace("0.0.0.0", "127.0.0.1").replace("build/release/sluice ", "sluice ")

    def start(self, text):
        return subprocess.Popen(["bash", "-euo", "pipefail", "-c", text], cwd=SCRATCH, env=environment(),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                start_new_session=True)

    def run(self, block, seconds=None):
        """Each line by itself; what it says behind its `#` is looked for in what it prints."""
        for line in block.text.replace("\\\n", " ").splitlines():
            found = COMMENT.match(line)
            command, expected = found.groups() if found else (line, "")
            process = self.start(self.adapted(command))
            try:
                printed = process.communicate(timeout=seconds or LONGEST)[0].decode(errors="replace")
            except subprocess.TimeoutExpired:
                end(process)
                if not seconds:
                    fail(block, f"still running after {LONGEST} s: {line}")
                continue
            if process.returncode != 0:
                fail(block, f"status {process.returncode}: {line}\n{printed}")
            missing = [word for word in expected.split() if word.strip(",") not in printed]
            if missing:
                fail(block, f"not printed: {missing}: {line}\n{printed}")

    def serve(self, block, command=None):
        """Until `stop`. The last command becomes the shell itself, so that it gets the signal."""
        self.stop()
        text = (command or block.value or block.text).replace("\\\n", " ").rstrip()
        first, last = re.match(r"(.*(?:\n|&& ))?(.*)$", text, re.DOTALL).groups()
        if last.startswith("sluice ") and not re.search("--(port|config)", last):
            last += " --port 8080"
        self.server = self.start(self.adapted(f"{first or ''}exec {last}"))
        self.server_block = block
        self.listening = self.await_line(block)

    def await_line(self, block):
        printed = b""
        deadline = time.monotonic() + LONGEST
        with selectors.DefaultSelector() as selector:
            selector.register(self.server.stdout, selectors.EVENT_READ)
            while b"listening on" not in printed:
                if not selector.select(max(0, deadline - time.monotonic())):
                    fail(block, f"does not listen:\n{printed.decode(errors='replace')}")
                piece = os.read(self.server.stdout.fileno(), 65536)
                if not piece:
                    fail(block, f"ended:\n{printed.decode(errors='replace')}")
                printed += piece
        return next(line for line in printed.decode(errors="replace").splitlines() if "listening on" in line)

    def compare(self, block, shown):
        """What the page says that a server prints is what it prints, but for how many cores there are."""
        cores = re.compile(r"\(\d+ threads;")
        if cores.sub("", self.adapted(shown.strip())) != cores.sub("", self.listening):
            fail(block, f"printed is: {self.listening}")

    def repeat(self, block):
        """A command and what it printed, as on a terminal."""
        command, shown = block.text.removeprefix("$ ").split("\n", 1)
        if shown.startswith(LISTENING):
            self.serve(block, command)
            self.compare(block, shown)
            return
        printed = self.start(command).communicate(timeout=LONGEST)[0].decode()
        if printed.strip() != shown.strip():
            fail(block, f"printed is:\n{printed}")

    def judge_by_nginx(self, block):
        """As a part of its http section, with a certificate of our own."""
        if not shutil.which("nginx") or not shutil.which("openssl"):
            return
        text = re.sub(r"listen 443", f"listen {free_port()}", block.text)
        text = text.replace("/etc/ssl/example.org.pem", f"{SCRATCH}/own.pem")
        text = text.replace("/etc/ssl/private/example.org.key", f"{SCRATCH}/own.key")
        temporary = "\n".join(f"{what}_temp_path {SCRATCH}/nginx;"
                              for what in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (SCRATCH / "nginx.conf").write_text(f"""pid {SCRATCH}/nginx.pid;
error_log stderr;
events {{}}
http {{
access_log off;
{temporary}
{text}}}
""")
        self.run(block._replace(text=f"openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=example.org "
                                     f"-keyout {SCRATCH}/own.key -out {SCRATCH}/own.pem\n"
                                     f"nginx -t -e stderr -c {SCRATCH}/nginx.conf\n"))

    def stop(self):
        """Ends what serves, which must then have the status of a clean stop."""
        if self.server is None:
            return
        process, self.server = self.server, None
        process.send_signal(signal.SIGTERM)
        try:
            printed = process.communicate(timeout=60)[0].decode(errors="replace")
        except subprocess.TimeoutExpired:
            end(process)
            fail(self.server_block, "does not stop")
        if process.returncode != 0:
            fail(self.server_block, f"stopped with status {process.returncode}:\n{printed}")

    def page(self, page):
        for block in blocks.blocks_of(page):
            match block.mark:
                case "file" | "append":
                    with open(SCRATCH / block.value, "w" if block.mark == "file" else "a", encoding="utf-8") as file:
                        file.write(self.adapted(block.text))
                case "run" | "run for":
                    self.run(block, float(block.value) if block.value else None)
                case "serve":
                    self.serve(block)
                case "nginx":
                    self.judge_by_nginx(block)
                case None if self.server and block.text.startswith(LISTENING):
                    self.compare(block, block.text)
                case None if block.text.startswith("$ "):
                    self.repeat(block)
                case _:
                    continue
            print(f"{block.where()}: {block.mark or 'output'}: done", flush=True)
        self.stop()


def end(process):
    """Ends a shell and what it started: the group is its own."""
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()


def walk_through(pages):
    furnish()
    walk = Walk()
    try:
        for page in pages:
            walk.page(pathlib.Path(page))
    finally:
        if walk.server is not None:
            end(walk.server)


def main(arguments):
    if arguments[0] != "--but":
        walk_through(arguments)
        return
    for page in blocks.pages():
        if not page.is_relative_to(arguments[1]):
            walk_through([page])


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
