#!/usr/bin/env python3
"""queries.py GRAPH_PREFIX [--rounds 3] [--threads 2] [--tools igraph,networkit]

Our query kernels and the peers' on one graph in one run, in turn: ours, each peer, ours, each peer, ...
GRAPH_PREFIX.edges holds `u v w` a line, GRAPH_PREFIX.npz the columns u and v.
PEERS_DIR names the folder of query_peer.py and PEERS_PYTHON the interpreter that has the peers; MADEJA_QUERIES names our
program (default: target/release/examples/queries, built by `cargo build --release -p benches --example queries`).
Prints a table of medians over the rounds, the ratio of ours to the best peer's, and whether the answers agree."""
import argparse, json, os, statistics, subprocess, sys, tempfile

ap = argparse.ArgumentParser()
ap.add_argument("prefix")
ap.add_argument("--rounds", type=int, default=3)
ap.add_argument("--threads", type=int, default=2)
ap.add_argument("--queries", type=int, default=100)
ap.add_argument("--tools", default="igraph,networkit")
args = ap.parse_args()
here = os.path.dirname(os.path.abspath(__file__))
ours = os.environ.get("MADEJA_QUERIES", os.path.join(here, "../../target/release/examples/queries"))
python = os.environ.get("PEERS_PYTHON", sys.executable)
peer = os.path.join(os.environ["PEERS_DIR"], "query_peer.py")

# The same questions that query_peer.py draws, so that every tool answers the same.
drawn = subprocess.run(
    [python, "-c", """
import sys, numpy as np
z = np.load(sys.argv[1]); u = z['u'].astype(np.int64); rng = np.random.default_rng(7); pick = np.unique(u)
n = int(sys.argv[2]); s = rng.choice(pick, n); t = rng.choice(pick, n)
print('\\n'.join(f'{a} {b}' for a, b in zip(s.tolist(), t.tolist())))
""", args.prefix + ".npz", str(args.queries)], check=True, capture_output=True, text=True).stdout
questions = tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False)
questions.write(drawn)
questions.close()

def run(command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(done.stderr)
    return json.loads(done.stdout.strip().splitlines()[-1])

tools = args.tools.split(",")
seen = {}
for _ in range(args.rounds):
    seen.setdefault("madeja", []).append(
        run([ours, args.prefix + ".edges", questions.name, "--threads", str(args.threads)]))
    for tool in tools:
        seen.setdefault(tool, []).append(
            run([python, peer, args.prefix + ".npz", tool, "--threads", str(args.threads), "--queries",
                 str(args.queries), "--parts", "hop2,sp,pr,cc,kcore"]))
os.unlink(questions.name)

def median(tool, part, key):
    values = [r[part][key] for r in seen[tool] if isinstance(r.get(part), dict) and key in r[part]]
    return statistics.median(values) if values else None

print(f"{'job':<14}" + "".join(f"{t:>14}" for t in ["madeja", *tools]) + f"{'of the best':>14}{'same answer':>14}")
for part, key, unit in [("hop2", "p50", "ms"), ("hop2", "p99", "ms"), ("sp", "p50", "ms"), ("sp", "p99", "ms"),
                        ("pagerank", "s", "s"), ("cc", "s", "s"), ("kcore", "s", "s")]:
    mine = median("madeja", part, key)
    theirs = {t: median(t, part, key) for t in tools}
    best = min(v for v in theirs.values() if v is not None)
    answers = {t: seen[t][0][part]["check"] for t in seen if isinstance(seen[t][0].get(part), dict)}
    other = [f"{t} {a:.6g}" for t, a in answers.items() if abs(a - answers["madeja"]) > 1e-5 * abs(a)]
    row = "".join(f"{'-' if v is None else f'{v:.4f}':>14}" for v in [mine, *theirs.values()])
    same = "yes" if not other else ", ".join([f"{answers['madeja']:.6g}", *other])
    print(f"{part + ' ' + key + ' ' + unit:<14}{row}{mine / best:>14.2f}{same:>14}")
