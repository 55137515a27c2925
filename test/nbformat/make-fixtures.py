"""Writes fixtures/*.ipynb with Python's nbformat, so that the layout to match is Jupyter's own. Run: python make-fixtures.py"""
import json
import math
from pathlib import Path

import nbformat

here = Path(__file__).parent / "fixtures"

ODD_TEXT = "tab\tquote\" back\\slash \u001b[31mred\u001b[0m \u2028 中文 😀 \u007f\n\nlast line without newline"


def cells(minor: int) -> list[dict]:
    all_cells = [
        {"cell_type": "markdown", "metadata": {"tags": ["intro"], "unknown": {"deep": [1, 2.0, None, True]}}, "source": "# Title\n\n" + ODD_TEXT},
        {
            "cell_type": "code",
            "metadata": {"collapsed": True, "scrolled": False, "trusted": True},
            "execution_count": 1,
            "source": "const x: number = 1\r\nx\vy",
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": "one\r\ntwo\rthree\n"},
                {"output_type": "stream", "name": "stderr", "text": ""},
                {
                    "output_type": "display_data",
                    "metadata": {"image/png": {"width": 10.0}},
                    "data": {
                        "text/plain": ["<Figure>"],
                        "image/png": "aGVsbG8=\n",
                        "image/svg+xml": "<svg>\n</svg>",
                        "application/javascript": "a\nb",
                        "application/json": {"list": ["stays", "a list"], "float": 1.0, "small": 1e-07, "big": 12345678901234567890, "nan": math.nan, "neg": -math.inf},
                        "application/vnd.plotly.v1+json": {"data": [{"x": [1.0, 2.5, 1e22, -0.0], "10": 1, "9": 2, "\ue000": 3, "\U0001f600": 4}]},
                    },
                },
                {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/html": "<b>\n1</b>\n"}},
                {"output_type": "error", "ename": "TypeError", "evalue": "x is not\na function", "traceback": ["\u001b[0;31mTypeError\u001b[0m", "line\nline"]},
            ],
        },
        {"cell_type": "raw", "metadata": {"format": "text/restructuredtext"}, "source": ""},
    ]
    if minor >= 1:
        all_cells.append(
            {
                "cell_type": "markdown",
                "metadata": {},
                "attachments": {"image.png": {"image/png": "iVBORw0KGgo="}, "note.txt": {"text/plain": "one\ntwo"}},
                "source": "![](attachment:image.png)",
            }
        )
    if minor >= 5:
        for index, cell in enumerate(all_cells):
            cell["id"] = f"cell-{index}_A"
    return all_cells


for minor in range(6):
    notebook = nbformat.from_dict(
        {
            "nbformat": 4,
            "nbformat_minor": minor,
            "metadata": {
                "kernelspec": {"name": "tslab", "display_name": "TypeScript", "language": "typescript"},
                "language_info": {"name": "typescript", "version": "5.0", "codemirror_mode": {"name": "typescript", "version": 3}},
                "widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}, "version_major": 2}},
                "orig_nbformat": 3,
                "empty": [],
            },
            "cells": cells(minor),
        }
    )
    nbformat.validate(notebook)
    nbformat.write(notebook, here / f"jupyter-4.{minor}.ipynb")

(here / "expected-4.5.json").write_text(json.dumps(nbformat.read(here / "jupyter-4.5.ipynb", as_version=4), allow_nan=True), encoding="utf-8")
