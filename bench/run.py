"""The peer of cell-latency: one notebook through nbclient; prints the seconds from each cell's start to the next one's, as JSON."""

import json
import sys
import time

import nbformat
from nbclient import NotebookClient

path = sys.argv[1]
starts = []


def on_cell_start(cell, cell_index):
    starts.append(time.perf_counter())


notebook = nbformat.read(path, as_version=4)
NotebookClient(notebook, kernel_name="cairn", on_cell_start=on_cell_start).execute()
print(json.dumps([later - earlier for earlier, later in zip(starts, starts[1:])]))
