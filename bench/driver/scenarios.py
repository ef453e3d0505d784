"""What is measured: the load of each scenario, and which of its results go into the table."""

import dataclasses

GIB = 1 << 30
MIB = 1 << 20


@dataclasses.dataclass(frozen=True)
class Metric:
    """A number of a result: `path` leads to it, `scale` turns it into `unit`."""

    label: str
    path: str
    scale: float = 1.0
    digits: int = 0

    def of(self, result):
        value = result
        for key in self.path.split("."):
            value = value.get(key) if isinstance(value, dict) else None
        return None if value is None else value * self.scale


@dataclasses.dataclass(frozen=True)
class Scenario:
    """`load`: arguments of the load generator. Peers that can't do what it `needs` are left out."""

    name: str
    title: str
    load: str
    needs: frozenset
    metrics: tuple
    peers: tuple = ()  # only these; empty: all
    seconds: float = 0.0  # a window of its own; 0: that of the run

    def counts_instructions(self):
        return USER in self.metrics


USER = Metric("user instructions", "server.user_instructions_per_operation")
KERNEL = Metric("kernel instructions", "server.kernel_instructions_per_operation")
CPU = Metric("CPU µs", "server.cpu_us_per_operation", digits=1)
RATE = Metric("1,000/s", "operations_per_second", 1e-3, 1)
P50 = Metric("p50 µs", "latency_us.p50")
P99 = Metric("p99 µs", "latency_us.p99")
PER_GB = Metric("CPU s per GB", "server.cpu_seconds_per_gb", digits=2)
THROUGHPUT = Metric("MB/s", "octets_per_second", 1e-6)
PEAK = Metric("peak RSS MB", "server.memory_peak", 1e-6)
PER_CONNECTION = Metric("octets of RSS", "octets_per_connection")
CANCELLED = Metric("p50 ms", "cancel_latency_us.p50", 1e-3, 2)
CANCELLED_MAX = Metric("longest ms", "cancel_latency_us.max", 1e-3, 2)
LAST = Metric("the others at once, last ms", "last_of_all_us", 1e-3, 1)
NEVER = Metric("never in 10 s", "never_ended")
LOAD_CPU = Metric("CPU s of the load", "load_cpu_seconds", digits=1)
SERVER_CPU = Metric("CPU s of the server", "server.cpu_seconds", digits=1)

OPERATIONS = Metric("GETs", "operations")
LOCKS = Metric("mutexes locked", "mutex_locks")
WAITS = Metric("of them waited", "mutex_waits")
FUTEXES = Metric("futex calls", "futex_calls")

WORK = (USER, KERNEL, CPU, RATE, P50, P99)
CANCEL = (CANCELLED, CANCELLED_MAX, LAST, NEVER)


def scenario(name, title, load, needs, metrics, peers=(), seconds=0.0):
    return Scenario(name, title, load, frozenset(needs.split()), metrics, tuple(peers), seconds)


SCENARIOS = [
    scenario("get", "GET 13 octets, 64 connections", "get", "get", WORK),
    scenario("get-actor", "the same, handler actor", "get --target /plain-actor", "actor", WORK),
    scenario("pipelined", "GET, 16 pipelined", "get --depth 16", "get", WORK),
    scenario("connect", "a connection per request", "connect", "get", (USER, CPU, RATE, P99)),
    scenario("echo-64", "WebSocket echo, 64 octets", "echo", "ws", WORK),
    scenario("echo-64-callback", "the same, plain function", "echo --target /echo-callback",
             "callback", WORK),
    scenario("echo-16k", "WebSocket echo, 16 KiB", "echo --size 16384", "ws", WORK),
    scenario("echo-16k-callback", "the same, plain function",
             "echo --size 16384 --target /echo-callback", "callback", WORK),
    scenario("upload", "upload of 1 GiB bodies, 4 clients", f"upload --clients 4 --octets {GIB}",
             "sink", (PER_GB, THROUGHPUT, PEAK)),
    scenario("upload-chunked", "the same, chunks of 64 KiB",
             f"upload --clients 4 --octets {GIB} --chunk 65536", "sink",
             (PER_GB, THROUGHPUT, PEAK)),
    scenario("download", "download of 1 GiB, 4 clients",
             f"download --clients 4 --target /download?octets={GIB}", "download",
             (PER_GB, THROUGHPUT, PEAK)),
    scenario("slow-readers", "200 clients read 100 kB/s of it",
             f"download --clients 200 --rate 100000 --target /download?octets={GIB}", "download",
             (PEAK,)),
    scenario("idle-http", "10,000 idle HTTP connections", "idle --clients 10000", "idle",
             (PER_CONNECTION,)),
    scenario("idle-ws", "10,000 idle WebSockets", "idle --clients 10000 --web-socket", "ws",
             (PER_CONNECTION,)),
    scenario("slow-upload", "200 clients push at a handler of 1 MB/s",
             f"upload --clients 200 --octets {GIB} --target /slow-sink --memory-cap 4000", "slow",
             (PEAK,)),
    scenario("flood", "200 WebSockets push 64 KiB messages, read no echo",
             "flood --clients 200 --size 65536 --memory-cap 4000", "ws", (PEAK,)),
    scenario("cancel-upload", "death in a stalled upload (reset) to the handler's end",
             f"kill --clients 200 --octets {1 << 40}", "cancel", CANCEL, seconds=10),
    scenario("cancel-close", "the same, everything was read (close)",
             f"kill --clients 200 --octets {1 << 40} --sent 131072 --death close", "cancel", CANCEL,
             seconds=10),
    scenario("cancel-ws", "death of a stalled WebSocket (reset)",
             "kill --clients 200 --web-socket --size 65536", "cancel", CANCEL, seconds=10),
    scenario("scaling", "GET, one loop and two", "get --clients 128", "locks",
             (RATE, CPU, SERVER_CPU, LOAD_CPU), ("sluice", "sluice-2")),
    scenario("scaling-pipelined", "16 pipelined, one loop and two", "get --clients 128 --depth 16",
             "locks", (RATE, CPU, SERVER_CPU, LOAD_CPU), ("sluice", "sluice-2")),
    scenario("locks", "locks while GETs are answered", "get", "locks",
             (OPERATIONS, LOCKS, WAITS, FUTEXES), ("sluice", "sluice-2")),
]

# What the plots show: each is measured once for every value of `{x}`.
SWEEPS = [
    scenario("sweep-get", "GET by clients", "get --clients {x}", "get", (RATE, P99)),
    scenario("sweep-idle", "memory by clients", "idle --clients {x} --seconds 0.5", "idle",
             (PER_CONNECTION, PEAK)),
    scenario("sweep-upload", "upload by clients",
             f"upload --clients {{x}} --octets {MIB} --target /sink", "count", (THROUGHPUT, PEAK)),
    scenario("sweep-slow", "memory by clients of a slow upload",
             f"upload --clients {{x}} --octets {GIB} --target /slow-sink --memory-cap 4000", "slow",
             (PEAK,), seconds=5),
    scenario("sweep-cancel", "cancel latency by clients",
             f"kill --clients {{x}} --octets {1 << 40} --seconds 3", "cancel", (CANCELLED,)),
    scenario("sweep-size", "upload by the size of its body", "upload --clients 16 --octets {x}",
             "count", (THROUGHPUT, PEAK)),
]
CLIENTS = (1, 10, 100, 1000, 5000)
SIZES = tuple(1 << power for power in range(10, 31, 4))
