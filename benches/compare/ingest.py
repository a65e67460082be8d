#!/usr/bin/env python3
"""Loads one generated file of calls with Madeja and with DuckDB in turn, and compares the edges they find.

usage: ingest.py FILE.csv [--rounds 3] [--threads 2]
Environment: MADEJA_BIN (the release binary), PEERS_DIR (holds ingest_peer.py), PEERS_PYTHON (has duckdb), WORK_DIR.
FILE.csv comes from PEERS_DIR/gen_cdr.py. Rounds run A B A B; wall time, CPU seconds and memory are those of wait4().
The edges are compared with the rows read as Madeja reads them: data sessions are no calls, and on incoming rows
column B calls column A.
"""
import argparse, glob, json, os, shutil, statistics, subprocess
from measured import run

ap = argparse.ArgumentParser()
ap.add_argument("file")
ap.add_argument("--rounds", type=int, default=3)
ap.add_argument("--threads", type=int, default=2)
a = ap.parse_args()
madeja, peers, python = (os.environ[k] for k in ("MADEJA_BIN", "PEERS_DIR", "PEERS_PYTHON"))
work = os.environ.get("WORK_DIR", "/tmp")
case = os.path.join(work, "compare-ingest-case")


def ours():
    shutil.rmtree(case, ignore_errors=True)
    subprocess.run([madeja, "new", case, "--title", "compare"], check=True, stdout=subprocess.DEVNULL)
    threads = ["--threads", str(a.threads), "--json"]
    load = run([madeja, "load", case, a.file, "--reference", *threads])
    network = run([madeja, "run", case, "--only", "network", *threads])
    rows = json.loads(load["out"])["rows"]
    stored = sum(os.path.getsize(f) for f in glob.glob(case + "/segments/*"))
    return {
        "wall_s": load["wall"] + network["wall"],
        "cpu_s": load["cpu"] + network["cpu"],
        "load_cpu_s": load["cpu"],
        "network_cpu_s": network["cpu"],
        "memory_mib": max(load["mib"], network["mib"]),
        "bytes_an_event": stored / rows["kept"],
    }


def theirs(job):
    command = [python, os.path.join(peers, "ingest_peer.py"), a.file, "--jobs", job, "--reps", "1", "--threads", str(a.threads)]
    line = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    return {"wall_s": line["best_s"], "cpu_s": line["cpu_s"], "memory_mib": line["rss_mib"]}


rounds = {"madeja": [], "duck_full": [], "duck_full_int": []}
for _ in range(a.rounds):
    rounds["madeja"].append(ours())
    for job in ("duck_full", "duck_full_int"):
        rounds[job].append(theirs(job))
median = {n: {k: statistics.median(r[k] for r in rs) for k in rs[0]} for n, rs in rounds.items()}
for name, figures in median.items():
    print(name, {k: round(v, 2) for k, v in figures.items()})
for job in ("duck_full", "duck_full_int"):
    ratios = {k: round(median["madeja"][k] / median[job][k], 3) for k in ("wall_s", "cpu_s", "memory_mib")}
    print("ratio to", job, ratios)

check = f"""
import duckdb
q = duckdb.connect().execute
q("SET threads={a.threads}")
q('''CREATE TABLE theirs AS SELECT CASE WHEN direction = 'IN' THEN b_number ELSE a_number END a,
    CASE WHEN direction = 'IN' THEN a_number ELSE b_number END b, count(*) n, sum(duration_s) d FROM read_csv('{a.file}',
    all_varchar=false, types={{'a_number':'VARCHAR','b_number':'VARCHAR'}}) WHERE type <> 'DATA' GROUP BY ALL''')
net = sorted(__import__('glob').glob('{case}/derived/all/network/*'))[-1]
q(f"CREATE TABLE number AS SELECT row_number() OVER () - 1 id, ltrim(number, '+') number FROM '{{net}}/numbers.parquet'")
q(f'''CREATE TABLE ours AS SELECT x.number a, y.number b, e.count n, e.duration_s d FROM '{{net}}/call_edges.parquet' e
    JOIN number x ON x.id = e.caller JOIN number y ON y.id = e.receiver''')
print('edges', q('SELECT (SELECT count(*) FROM ours), (SELECT count(*) FROM theirs)').fetchone())
print('calls', q('SELECT (SELECT sum(n) FROM ours), (SELECT sum(n) FROM theirs)').fetchone())
print('edges that differ (both parties asserted one call)',
    q('SELECT count(*), sum(theirs.n - ours.n) FROM ours FULL JOIN theirs USING (a, b) WHERE ours.n IS DISTINCT FROM theirs.n').fetchone())
print('edges whose totals differ otherwise',
    q('SELECT count(*) FROM ours JOIN theirs USING (a, b) WHERE ours.n = theirs.n AND ours.d <> theirs.d').fetchone())
"""
subprocess.run([python, "-c", check], check=True)
shutil.rmtree(case, ignore_errors=True)
