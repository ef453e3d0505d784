"""Runs scenarios against peers, interleaved, and keeps every result."""

import http.client
import json
import os
import shlex
import subprocess

from driver import check, locks
from driver.peers import PROGRAMS, WORK
from driver.server import restrict_to, running

LOAD = PROGRAMS / "bench_load"


def say(*words):
    print(*words, flush=True)


def load_cores(peer):
    """The cores that the server leaves free; all of them where it leaves none."""
    everything = os.sched_getaffinity(0)
    return everything - set(peer.cores) or everything


def load_arguments(scenario, peer, seconds, x=None):
    arguments = shlex.split(scenario.load.format(x=x))
    if "--seconds" not in arguments:
        arguments += ["--seconds", str(scenario.seconds or seconds)]
    if arguments[0] == "upload" and "count" not in peer.can:
        arguments.append("--uncounted")
    return arguments


def load(peer, process, port, arguments):
    """Loads the server. Returns the load generator's result."""
    done = subprocess.run(
        [str(LOAD), *arguments, "--port", str(port), "--server", str(process.pid)],
        capture_output=True, text=True, timeout=800, check=False,
        preexec_fn=restrict_to(load_cores(peer)))
    if done.returncode != 0:
        raise RuntimeError(f"the load generator: {done.stderr.strip() or done.returncode}")
    return json.loads(done.stdout)



def run_once(scenario, peer, seconds, x=None):
    """One result, or {"failed": why}."""
    with open(WORK / f"{peer.name}.log", "ab") as log:
        try:
            if scenario.name == "locks":
                return locks.count(peer, log, seconds)
            with running(peer, log) as (process, port):
                result = load(peer, process, port, load_arguments(scenario, peer, seconds, x))
        except (RuntimeError, OSError, subprocess.SubprocessError) as error:
            return {"failed": str(error)}
    if result["errors"] or result["bad_answers"]:
        result["failed"] = (f"{result['errors']} errors, {result['bad_answers']} bad answers: "
                            f"{result['first_fault']}")
    return result


def usable(peers):
    """Those that are installed, and answer rightly; says why others are left out."""
    found, left_out = [], {}
    for peer in peers:
        reason = peer.missing()
        if reason is None:
            try:
                peer.prepare()
                with open(WORK / f"{peer.name}.log", "wb") as log, running(peer, log) as (_, port):
                    check.check(port, peer)
            except (check.WrongAnswer, RuntimeError, OSError, http.client.HTTPException,
                    subprocess.SubprocessError) as error:
                reason = f"it does not answer rightly: {error}"
        if reason is None:
            found.append(peer)
        else:
            left_out[peer.name] = reason
            say(f"{peer.name} is left out: {reason}")
    return found, left_out


def peers_for(scenario, peers):
    return [peer for peer in peers
            if scenario.needs <= peer.can
            and (peer.name in scenario.peers if scenario.peers else peer.name != "sluice-2")]


def run_all(scenarios, peers, rounds, seconds, xs=lambda _: (None,)):
    """Every scenario `rounds` times with every peer, in turn. Yields records."""
    for scenario in scenarios:
        for x in xs(scenario):
            for number in range(rounds):
                for peer in peers_for(scenario, peers):
                    result = run_once(scenario, peer, seconds, x)
                    record = {"scenario": scenario.name, "peer": peer.name, "round": number,
                              "x": x, "result": result}
                    say(describe(scenario, record))
                    yield record


def describe(scenario, record):
    result = record["result"]
    where = f"{scenario.name}{'' if record['x'] is None else ' ' + str(record['x'])}"
    head = f"{where:20} {record['peer']:9} {record['round'] + 1}: "
    if "failed" in result:
        return head + "does not count: " + result["failed"]
    values = ((metric, metric.of(result)) for metric in scenario.metrics)
    return head + ", ".join(f"{metric.label} {value:,.{metric.digits}f}"
                            for metric, value in values if value is not None)
