"""Runs a command and measures it; the comparisons of this folder import it."""
import os, subprocess, sys, time


def run(command):
    """What a command printed, its wall and CPU seconds, and its most memory in MiB, descendants included (wait4)."""
    begun = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    out = child.stdout.read()
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        sys.exit(f"failed: {' '.join(map(str, command[:3]))}")
    wall = time.perf_counter() - begun
    return {"out": out, "wall": wall, "cpu": usage.ru_utime + usage.ru_stime, "mib": usage.ru_maxrss / 1024}
