"""Executes the notebook on stdin with nbclient, as `jupyter execute --allow-errors` does, and writes it to stdout."""

import sys

import nbformat
from nbclient import NotebookClient

notebook = nbformat.reads(sys.stdin.read(), 4)
# allow_errors does not go beyond a cell whose time is up; interrupt_on_timeout makes an error of it.
NotebookClient(notebook, allow_errors=True, kernel_name="python3", timeout=3, interrupt_on_timeout=True).execute()
sys.stdout.write(nbformat.writes(notebook))
