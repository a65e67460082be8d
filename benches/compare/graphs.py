#!/usr/bin/env python3
"""graphs.py DATA [--rounds 2] [--threads 2] [--only modularity,map,hard,queries] [--small]

Every table of communities and queries against the peers, in one run. DATA holds the graphs; what is missing is generated
there by gen_lfr.py of PEERS_DIR (abcd1m needs some minutes and 6 GiB). Needs `cargo build --release` and
`cargo build --release -p benches --example queries`; PEERS_DIR and PEERS_PYTHON as for partitions.py and queries.py, which
do the measuring, both sides in turn. --small leaves out the graphs of a million nodes.

modularity  a million nodes and ten million edges, and a graph of 100,000: against NetworKit PLM and ParallelLeiden
map         planted groups of four difficulties by the map equation: against infomap
hard        RMAT graphs, where one community is giant: time, memory, modularity, connectedness
queries     two hops, shortest paths, PageRank, components, k-core: against igraph and NetworKit"""
import argparse, os, subprocess, sys

ap = argparse.ArgumentParser()
ap.add_argument("data")
ap.add_argument("--rounds", type=int, default=2)
ap.add_argument("--threads", type=int, default=2)
ap.add_argument("--only", default="modularity,map,hard,queries")
ap.add_argument("--small", action="store_true")
args = ap.parse_args()
here = os.path.dirname(os.path.abspath(__file__))
python = os.environ.get("PEERS_PYTHON", sys.executable)
peers = os.environ["PEERS_DIR"]

# Name, and how gen_lfr.py makes it.
GRAPHS = {
    "abcd1m_mu0.4": ["abcd", "1000000", "0.4"],
    "lfr100k_mu0.5": ["lfr", "100000", "0.5"],
    "lfr10k_mu0.1": ["lfr", "10000", "0.1"],
    "lfr10k_mu0.3": ["lfr", "10000", "0.3"],
    "lfr10k_mu0.5": ["lfr", "10000", "0.5"],
    "lfr10k_mu0.6": ["lfr", "10000", "0.6"],
    "rmat18": ["rmat", "18", "16"],
    "rmat20_ef10": ["rmat", "20", "10"],
}

def graph(name):
    prefix = os.path.join(args.data, name)
    if not os.path.exists(prefix + ".npz"):
        kind, *parameters = GRAPHS[name]
        subprocess.run([python, os.path.join(peers, "gen_lfr.py"), kind, prefix, *parameters], check=True)
    return prefix

def partitions(names, tools, *more):
    names = [n for n in names if not (args.small and n == "abcd1m_mu0.4")]
    if names:
        script = os.path.join(here, "partitions.py")
        subprocess.run([sys.executable, script, *map(graph, names), "--tools", tools, "--rounds", str(args.rounds),
                        "--threads", str(args.threads), *more], check=True)

for table in args.only.split(","):
    print(f"\n## {table}", flush=True)
    if table == "modularity":
        partitions(["abcd1m_mu0.4", "lfr100k_mu0.5"], "nk-plm,nk-leiden")
    elif table == "map":
        partitions([n for n in GRAPHS if n.startswith("lfr10k")], "infomap", "--objective", "map")
    elif table == "hard":
        partitions(["rmat18"], "nk-plm,nk-leiden,igraph-leiden")
    elif table == "queries":
        name = "rmat18" if args.small else "rmat20_ef10"
        subprocess.run([sys.executable, os.path.join(here, "queries.py"), graph(name), "--rounds", str(args.rounds),
                        "--threads", str(args.threads)], check=True)
    else:
        sys.exit(f"--only {table}: tables are modularity, map, hard and queries")
