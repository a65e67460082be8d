#!/usr/bin/env python3
"""known.py [FILE.gml ...] [--montagna DIR] [--seed 42]

`madeja partition` (modularity, map equation) and the peers (igraph Leiden, NetworKit PLM, infomap) on small graphs whose
communities are known: NMI and ARI against them, and the number found. Run it with an interpreter that has igraph,
networkit, infomap, networkx and scikit-learn; MADEJA names our program (default: target/release/madeja).

Built in are what networkx ships (Zachary's karate club by the club that each joined; Davis' women of the South, tied by
events that both attended, by the two groups of the consensus in Freeman 2003) and graphs of its generators: four groups of
32 with more and more ties outside (Girvan & Newman), rings of cliques, groups of unequal size. FILE.gml: graphs in which
the attribute `value` of a node is its community, as football, polbooks and polblogs are published. --montagna: a folder of
montagna_phone.csv, montagna_meetings.csv and montagna_attributes.csv; who belongs to a family is held against it, others
are not counted."""
import argparse, csv, os, random, subprocess, sys, tempfile, warnings
import igraph, infomap, networkit, networkx as nx
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

ap = argparse.ArgumentParser()
ap.add_argument("gml", nargs="*")
ap.add_argument("--montagna")
ap.add_argument("--seed", type=int, default=42)
args = ap.parse_args()
here = os.path.dirname(os.path.abspath(__file__))
ours = os.environ.get("MADEJA", os.path.join(here, "../../target/release/madeja"))
networkit.setNumberOfThreads(1)
warnings.simplefilter("ignore")

def known():
    """Name, graph of nodes 0.., and the community of each node that has one."""
    club = nx.karate_club_graph()
    yield "karate club", nx.Graph(club.edges()), {n: d["club"] for n, d in club.nodes(data=True)}
    davis = nx.davis_southern_women_graph()
    women = [n for n, d in davis.nodes(data=True) if d["bipartite"] == 0]
    first = {w for w in women if w.split()[0] in
             "Evelyn Laura Theresa Brenda Charlotte Frances Eleanor Pearl Ruth".split()}
    tied = nx.bipartite.weighted_projected_graph(davis, women)
    yield "Davis' women", tied, {w: w in first for w in women}
    for outside in (6, 7, 8):
        groups = nx.planted_partition_graph(4, 32, (16 - outside) / 31, outside / 96, seed=args.seed)
        yield f"4 groups of 32, {outside} of 16 ties outside", groups, {n: n // 32 for n in groups}
    for count in (30, 300):
        yield f"ring of {count} cliques of 5", nx.ring_of_cliques(count, 5), {n: n // 5 for n in range(5 * count)}
    sizes = [5] * 40 + [20] * 10 + [80] * 2
    mixed = nx.random_partition_graph(sizes, 0.6, 0.003, seed=args.seed)
    yield "40 groups of 5, 10 of 20, 2 of 80", mixed, {n: c for c, g in enumerate(mixed.graph["partition"]) for n in g}
    for path in args.gml:
        graph = nx.read_gml(path, label="id")
        truth = {n: d["value"] for n, d in graph.nodes(data=True)}
        yield os.path.basename(path), nx.Graph(graph.to_undirected().edges()), truth
    if args.montagna:
        rows = lambda name: csv.DictReader(open(os.path.join(args.montagna, name), encoding="utf-8-sig"))
        truth = {r["node"]: r["familia"] for r in rows("montagna_attributes.csv") if r["familia"]}
        both = nx.Graph()
        for name in ("montagna_phone.csv", "montagna_meetings.csv"):
            graph = nx.Graph()
            for r in rows(name):
                for g in (graph, both):
                    old = g.get_edge_data(r["source"], r["target"], {"weight": 0})["weight"]
                    g.add_edge(r["source"], r["target"], weight=old + int(r["weight"]))
            yield name.removesuffix(".csv").replace("_", " "), graph, truth
        yield "montagna, both", both, truth

def numbered(graph):
    order = {n: i for i, n in enumerate(graph)}
    return order, [(order[u], order[v], d.get("weight", 1)) for u, v, d in graph.edges(data=True)]

def madeja(edges, nodes, objective):
    with tempfile.TemporaryDirectory() as folder:
        source, out = os.path.join(folder, "edges"), os.path.join(folder, "out")
        with open(source, "w") as file:
            file.writelines(f"{u} {v} {w}\n" for u, v, w in edges)
        subprocess.run([ours, "partition", source, "--weighted", "--objective", objective, "--seed", str(args.seed),
                        "-o", out], check=True, capture_output=True)
        label = list(range(10**6, 10**6 + nodes))
        for line in open(out):
            node, community = map(int, line.split())
            label[node] = community
        return label

def leiden(edges, nodes):
    random.seed(args.seed)
    graph = igraph.Graph(n=nodes, edges=[(u, v) for u, v, _ in edges])
    return graph.community_leiden("modularity", weights=[w for *_, w in edges], n_iterations=-1).membership

def plm(edges, nodes):
    networkit.setSeed(args.seed, False)
    graph = networkit.Graph(nodes, weighted=True)
    for u, v, w in edges:
        graph.addEdge(u, v, w)
    found = networkit.community.PLM(graph, refine=True)
    found.run()
    return found.getPartition().getVector()

def mapped(edges, nodes):
    im = infomap.Infomap(silent=True, two_level=True, seed=args.seed, num_trials=10)
    im.add_nodes(range(nodes))
    for u, v, w in edges:
        im.add_link(u, v, w)
    im.run()
    found = im.get_modules()
    return [found[n] for n in range(nodes)]

TOOLS = [
    ("madeja modularity", lambda e, n: madeja(e, n, "modularity")),
    ("igraph Leiden", leiden),
    ("NetworKit PLM", plm),
    ("madeja map", lambda e, n: madeja(e, n, "map")),
    ("infomap", mapped),
]
print("| graph | nodes, edges | communities | " + " | ".join(name for name, _ in TOOLS) + " |")
print("|---|---|---|" + "---|" * len(TOOLS))
for name, graph, truth in known():
    order, edges = numbered(graph)
    told = [(order[n], c) for n, c in truth.items() if n in order]
    cells = []
    for _, tool in TOOLS:
        label = tool(edges, len(order))
        want, got = [str(c) for _, c in told], [label[n] for n, _ in told]
        nmi, ari = normalized_mutual_info_score(want, got), adjusted_rand_score(want, got)
        cells.append(f"{nmi:.3f} / {ari:.3f} ({len(set(label))})")
    print(f"| {name} | {len(order)}, {len(edges)} | {len(set(c for _, c in told))} | " + " | ".join(cells) + " |", flush=True)
