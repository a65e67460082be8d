#!/usr/bin/env python3
"""partitions.py GRAPH_PREFIX... [--rounds 2] [--threads 2] [--tools nk-plm,nk-leiden,igraph-leiden] [--objective modularity]

`madeja partition` and the peers on the same graphs in one run, in turn: ours, each peer, ours, each peer, ...
GRAPH_PREFIX.edges holds `u v w` a line with nodes 0.., GRAPH_PREFIX.npz the columns u and v, GRAPH_PREFIX.truth (optional) a
community a line. PEERS_DIR names the folder of leiden_peer.py and eval_comm.py, PEERS_PYTHON the interpreter that has the
peers; MADEJA names our program (default: target/release/madeja). For the map equation: --objective map --tools infomap.
Ours is timed as build + partition, a peer by its algorithm alone. Medians over the rounds; quality is that of the last round.
Ours is also run at 1, 2, 4 and 8 threads, and the files are compared byte by byte."""
import argparse, hashlib, json, os, statistics, subprocess, sys, tempfile

ap = argparse.ArgumentParser()
ap.add_argument("prefix", nargs="+")
ap.add_argument("--rounds", type=int, default=2)
ap.add_argument("--threads", type=int, default=2)
ap.add_argument("--tools", default="nk-plm,nk-leiden,igraph-leiden")
ap.add_argument("--objective", default="modularity")
ap.add_argument("--skip-threads", action="store_true", help="do not compare 1, 2, 4 and 8 threads")
args = ap.parse_args()
here = os.path.dirname(os.path.abspath(__file__))
ours = os.environ.get("MADEJA", os.path.join(here, "../../target/release/madeja"))
python = os.environ.get("PEERS_PYTHON", sys.executable)
peers = os.environ["PEERS_DIR"]
scratch = tempfile.mkdtemp()

def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stderr}")
    return json.loads(done.stdout.strip().splitlines()[-1])

# `node community` a line to a label a node, nodes that no edge names alone; then the peers' own measures.
JUDGE = """
import json, os, sys, numpy as np
sys.path.insert(0, sys.argv[1])
from eval_comm import load, evaluate
u, v, w = load(sys.argv[2]); path = sys.argv[2].rsplit('.', 1)[0] + '.truth'
truth = np.loadtxt(path, dtype=np.int64) if os.path.exists(path) else None
n = max(int(max(u.max(), v.max())) + 1, 0 if truth is None else len(truth))
m = np.loadtxt(sys.argv[3], dtype=np.int64); label = np.arange(n) + 10**9; label[m[:, 0]] = m[:, 1]
print(json.dumps(evaluate(u, v, np.ones(len(u)), label, truth)))
"""

def madeja(prefix, threads):
    out = os.path.join(scratch, "membership")
    made = run([ours, "partition", prefix + ".edges", "--objective", args.objective, "--threads", str(threads),
                "--json", "-o", out])
    made["time_s"] = made["seconds"]["build"] + made["seconds"]["partition"]
    made["read_s"] = made["seconds"]["read"]
    with open(out, "rb") as file:
        made["sha"] = hashlib.sha256(file.read()).hexdigest()
    return made, out

tools = args.tools.split(",")
print("| graph | tool | s | ours / it | read s | modularity | NMI | ARI | communities | in pieces | peak MiB |")
print("|---|---|---|---|---|---|---|---|---|---|---|")
for prefix in args.prefix:
    seen = {}
    for _ in range(args.rounds):
        made, out = madeja(prefix, args.threads)
        seen.setdefault("madeja", []).append(made)
        for tool in tools:
            seen.setdefault(tool, []).append(
                run([python, os.path.join(peers, "leiden_peer.py"), prefix + ".npz", tool, "--threads", str(args.threads)]))
    seen["madeja"][-1].update(run([python, "-c", JUDGE, peers, prefix + ".npz", out]))
    seen["madeja"][-1]["rss_peak"] = round(seen["madeja"][-1]["peak_memory_bytes"] / 2**20)
    mine = statistics.median(r["time_s"] for r in seen["madeja"])
    for tool, results in seen.items():
        last, time = results[-1], statistics.median(r["time_s"] for r in results)
        cell = lambda key: last.get(key, "")
        print(f"| {os.path.basename(prefix)} | {tool} | {time:.2f} | {mine / time:.2f} | {cell('read_s')} | {cell('modularity')} | "
              f"{cell('nmi')} | {cell('ari')} | {cell('communities')} | {cell('disconnected')} | {cell('rss_peak')} |", flush=True)
    if not args.skip_threads:
        files = {threads: madeja(prefix, threads)[0]["sha"] for threads in (1, 2, 4, 8)}
        print(f"| {os.path.basename(prefix)} | same bytes at 1, 2, 4, 8 threads: {'yes' if len(set(files.values())) == 1 else 'NO'} "
              "| | | | | | | | | |", flush=True)
