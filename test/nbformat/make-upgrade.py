"""Writes fixtures/jupyter-3.ipynb, a notebook of 2014, and what Python's nbformat makes of it. Run: python make-upgrade.py"""
import json
from pathlib import Path

import nbformat

here = Path(__file__).parent / "fixtures"

old = {
    "nbformat": 3,
    "nbformat_minor": 0,
    "metadata": {"name": "old", "signature": "sha256:1", "kept": 1},
    "worksheets": [
        {
            "metadata": {},
            "cells": [
                {"cell_type": "heading", "level": 2, "metadata": {}, "source": ["Two\n", "lines"]},
                {"cell_type": "markdown", "metadata": {"slideshow": {}}, "source": ["*text*\n", "more"]},
                {"cell_type": "html", "metadata": {}, "source": ["<b>old</b>"]},
                {"cell_type": "raw", "metadata": {}, "source": ["raw"]},
                {
                    "cell_type": "code",
                    "collapsed": True,
                    "input": ["a = 1\n", "a"],
                    "language": "python",
                    "metadata": {"own": True},
                    "prompt_number": 3,
                    "outputs": [
                        {"output_type": "stream", "stream": "stderr", "text": ["warned\n"]},
                        {"output_type": "pyout", "prompt_number": 3, "metadata": {}, "text": ["1"], "html": ["<i>1</i>"], "json": ["{\"a\": ", "[1]}"]},
                        {"output_type": "display_data", "metadata": {"png": {"width": 3}}, "png": "aGVsbG8=", "latex": ["$x$"], "javascript": ["x"], "svg": ["<svg/>"], "jpeg": "aGk="},
                        {"output_type": "pyerr", "ename": "E", "evalue": "v", "traceback": ["t"]},
                    ],
                },
                {"cell_type": "code", "collapsed": False, "input": [], "language": "python", "metadata": {}, "outputs": []},
            ],
        },
        {"cells": [{"cell_type": "markdown", "metadata": {}, "source": ["second sheet"]}]},
    ],
}

(here / "jupyter-3.ipynb").write_text(json.dumps(old, indent=1) + "\n")
new = nbformat.reads(json.dumps(old), as_version=4)
for cell in new.cells:
    del cell["id"]  # drawn at random
(here / "expected-3.json").write_text(json.dumps(new, indent=1) + "\n")
