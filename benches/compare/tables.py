#!/usr/bin/env python3
"""Loads one workbook of calls and one text of transfers with Madeja, and reads the same with openpyxl and DuckDB, in turn.

usage: tables.py [--rows 200000] [--transfers 1000000] [--rounds 3]
Environment: MADEJA_BIN (the release binary), PEERS_PYTHON (has openpyxl, xlsxwriter and duckdb), WORK_DIR.
Madeja hashes, normalises and stores every row with its provenance; openpyxl (read only) hands on cells, DuckDB fills a
table on disk. Wall time, CPU seconds and memory are those of wait4(), children included.
"""
import argparse, json, os, shutil, statistics, subprocess, sys
from measured import run

ap = argparse.ArgumentParser()
ap.add_argument("--rows", type=int, default=200_000)
ap.add_argument("--transfers", type=int, default=1_000_000)
ap.add_argument("--rounds", type=int, default=3)
a = ap.parse_args()
madeja, python = os.environ["MADEJA_BIN"], os.environ["PEERS_PYTHON"]
work = os.environ.get("WORK_DIR", "/tmp")
book, text = (os.path.join(work, f"compare-tables.{e}") for e in ("xlsx", "csv"))
case, scratch = (os.path.join(work, f"compare-tables-{e}") for e in ("case", "db"))

MAKE = f"""
import random, xlsxwriter
dice = random.Random(7)
book = xlsxwriter.Workbook({book!r}, {{'constant_memory': True}})
sheet = book.add_worksheet('Llamadas')
for column, head in enumerate(['Numero A', 'Numero B', 'Fecha', 'Hora', 'Duracion', 'Tipo', 'IMEI', 'IMSI', 'Celda']):
    sheet.write_string(0, column, head)
for row in range(1, {a.rows} + 1):
    sim = dice.randrange(20_000)
    cells = [f'5037{{sim:07}}', f'5037{{dice.randrange(20_000):07}}', f'{{dice.randrange(1, 29):02}}/{{dice.randrange(1, 7):02}}/2025',
             f'{{dice.randrange(24):02}}:{{dice.randrange(60):02}}:{{dice.randrange(60):02}}', str(dice.randrange(600)),
             dice.choice(['VOZ', 'SMS']), f'35{{sim:013}}', f'70401{{sim:010}}', f'70401-{{dice.randrange(400)}}']
    for column, cell in enumerate(cells):
        sheet.write_string(row, column, cell)
book.close()
with open({text!r}, 'w') as out:
    out.write('Fecha;Cuenta origen;Ordenante;Cuenta destino;Beneficiario;Monto;Moneda;Referencia\\n')
    names = [f'{{g}} {{s}} {{t}}' for g in ('ANA', 'JOSE', 'MARIA', 'LUIS') for s in ('LOPEZ', 'CRUZ', 'MEJIA') for t in ('RIVAS', 'SOSA')]
    for row in range({a.transfers}):
        one, two = dice.randrange(1, 50_000), dice.randrange(1, 50_000)
        out.write(f'2025-{{dice.randrange(1, 13):02}}-{{dice.randrange(1, 29):02}} 10:{{dice.randrange(60):02}}:00;{{one:012}};'
                  f'{{names[one % 24]}};{{two:012}};{{names[two % 24]}};{{dice.randrange(1, 900000) / 100:.2f}};USD;R{{row}}\\n')
"""
OPENPYXL = f"""
import openpyxl
book = openpyxl.load_workbook({book!r}, read_only=True)
print(sum(1 for sheet in book for row in sheet.iter_rows(values_only=True)))
"""
DUCK = f"""
import duckdb
q = duckdb.connect({scratch!r}).execute
q("SET threads=2")
q("CREATE TABLE t AS SELECT * FROM read_csv('{text}', delim=';', header=true, types={{'Cuenta origen':'VARCHAR','Cuenta destino':'VARCHAR'}})")
q("CHECKPOINT")
"""


def ours(file, rows):
    shutil.rmtree(case, ignore_errors=True)
    subprocess.run([madeja, "new", case, "--title", "compare", "--country", "SV"], check=True, stdout=subprocess.DEVNULL)
    done = run([madeja, "load", case, file, "--reference", "--threads", "2", "--json"])
    kept = json.loads(done["out"])["rows"]["kept"]
    if kept != rows:
        sys.exit(f"{file}: {kept} rows kept of {rows}")
    return done


def theirs(program):
    if os.path.exists(scratch):
        os.remove(scratch)
    return run([python, "-c", program])


subprocess.run([python, "-c", MAKE], check=True)
jobs = {
    "madeja workbook": lambda: ours(book, a.rows),
    "openpyxl": lambda: theirs(OPENPYXL),
    "madeja transfers": lambda: ours(text, a.transfers),
    "duckdb transfers": lambda: theirs(DUCK),
}
rounds = {name: [] for name in jobs}
for _ in range(a.rounds):
    for name, job in jobs.items():
        rounds[name].append(job())
median = {name: [statistics.median(r[k] for r in rs) for k in ("wall", "cpu", "mib")] for name, rs in rounds.items()}
for name, (wall, cpu, memory) in median.items():
    print(f"{name}: {wall:.2f} s wall, {cpu:.2f} CPU s, {memory:.0f} MiB")
for one, other in (("madeja workbook", "openpyxl"), ("madeja transfers", "duckdb transfers")):
    print(f"{one} / {other}: wall {median[one][0] / median[other][0]:.3f}, CPU {median[one][1] / median[other][1]:.3f}")
for path in (book, text, scratch):
    if os.path.exists(path):
        os.remove(path)
shutil.rmtree(case, ignore_errors=True)
