"""The peer of bench/export.ts: nbconvert's HTML exporter, kept in memory; each line asks for one export of all notebooks."""

import json
import sys
import time

import nbformat
from nbconvert import HTMLExporter

paths = json.loads(sys.stdin.readline())
notebooks = [nbformat.read(path, as_version=4) for path in paths]
exporter = HTMLExporter()

for _ in sys.stdin:
    started = time.perf_counter()
    pages = [exporter.from_notebook_node(notebook)[0] for notebook in notebooks]
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "characters": sum(len(page) for page in pages)}), flush=True)
