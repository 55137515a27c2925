"""Executes the notebooks of one folder with nbclient into another, as `jupyter execute --allow-errors` does; names those that it gives up."""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

source, target = map(Path, sys.argv[1:])
for path in sorted(source.glob("*.ipynb")):
    notebook = nbformat.read(path, 4)
    client = NotebookClient(notebook, allow_errors=True, kernel_name="python3", timeout=20, interrupt_on_timeout=False, resources={"metadata": {"path": source}})
    try:
        client.execute()
    except (DeadKernelError, CellTimeoutError) as error:
        print(f"{path.name}\t{type(error).__name__}")
    nbformat.write(notebook, target / path.name)
