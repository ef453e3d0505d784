"""What the figures were measured on."""

import os
import pathlib
import platform


def first(path, key):
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith(key):
            return line.split(":", 1)[1].strip()
    return ""




def facts():
    return {
        "cpu": first("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory_gb": round(int(first("/proc/meminfo", "MemTotal").split()[0]) / 1e6),
        "kernel": platform.release(),
        "system": next((line.split("=", 1)[1].strip('"')
                        for line in pathlib.Path("/etc/os-release").read_text().splitlines()
                        if line.startswith("PRETTY_NAME")), ""),
        "is_virtual": " hypervisor" in first("/proc/cpuinfo", "flags"),
        "load_average_at_start": os.getloadavg()[0],
    }


def in_words(machine):
    return (f"{machine['cores']} cores of {machine['cpu']}"
            f"{' (virtual)' if machine['is_virtual'] else ''}, {machine['memory_gb']} GB, "
            f"Linux {machine['kernel']}, {machine['system']}")
