"""Instructions of a server in user space, counted by callgrind where the kernel counts none.

Every server runs twice, for some operations and for more: the difference is that of the operations,
without start and end. It is slow, and exact."""

import re
import shutil
import subprocess

from driver import measure
from driver.peers import WORK
from driver.server import running

# Just-in-time compilers do not run under valgrind, or not as they would, nor does Go's runtime.
PEERS = {"sluice", "floor", "nginx", "beast"}
OPERATIONS = (1_000, 4_000)  # times what a client sends at once: a run may end amid a round of all
PATIENCE = 120
# callgrind counts each step of a `rep movsb` as an instruction, a processor the whole as one: glibc
# is told to copy without.
TUNABLES = ("glibc.cpu.x86_rep_movsb_threshold=1000000000:"
            "glibc.cpu.x86_rep_stosb_threshold=1000000000")


def are_counted(records):
    return any(record["result"].get("server", {}).get("user_instructions_per_operation")
               for record in records)


def total(peer, log, load, tunables=TUNABLES):
    """Instructions of the whole life of a server, and what `load(process, port)` returns."""
    for old in WORK.glob("callgrind.*"):
        old.unlink()
    prefix = ["valgrind", "--tool=callgrind", "--trace-children=yes",
              f"--callgrind-out-file={WORK}/callgrind.%p"]
    with running(peer, log, prefix, {"GLIBC_TUNABLES": tunables}) as (process, port):
        result = load(process, port)
    counts = [re.search(r"^(?:summary|totals): (\d+)", file.read_text(), re.MULTILINE)
              for file in WORK.glob("callgrind.*")]
    if not any(counts):
        raise RuntimeError("callgrind has left no count")
    return sum(int(found.group(1)) for found in counts if found), result


def loaded(scenario, peer, operations, log):
    """The same, and how many operations it has done."""
    def load(process, port):
        arguments = measure.load_arguments(scenario, peer, PATIENCE)
        arguments += ["--operations", str(operations), "--warm-up", "0"]
        result = measure.load(peer, process, port, arguments)
        if result["errors"] or result["bad_answers"]:
            raise RuntimeError(result["first_fault"])
        return result["operations"]
    return total(peer, log, load)


def depth_of(scenario):
    found = re.search(r"--depth (\d+)", scenario.load)
    return int(found.group(1)) if found else 1


def count(scenario, peer):
    fewest, most = (operations * depth_of(scenario) for operations in OPERATIONS)
    with open(WORK / f"{peer.name}.log", "ab") as log:
        try:
            some, few = loaded(scenario, peer, fewest, log)
            more, many = loaded(scenario, peer, most, log)
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            measure.say(f"{scenario.name} {peer.name} under callgrind: {error}")
            return None
    return (more - some) / (many - few)


def count_all(scenarios, peers):
    """Yields a record for each scenario that tells instructions, and each peer that can."""
    if not shutil.which("valgrind"):
        measure.say("Debian's valgrind is not installed: there are no instruction counts.")
        return
    for scenario in scenarios:
        for peer in measure.peers_for(scenario, peers):
            if not scenario.counts_instructions() or peer.name not in PEERS:
                continue
            if (each := count(scenario, peer)) is not None:
                record = {"scenario": scenario.name, "peer": peer.name, "round": 0, "x": None,
                          "result": {"server": {"user_instructions_per_operation": each}}}
                measure.say(measure.describe(scenario, record))
                yield record
