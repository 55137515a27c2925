"""Runs scripts of this folder in one process, each as if it were its own: {"script", "command"} a line → {"answer": what it printed} or {"failure"}."""

import contextlib
import io
import json
import os
import runpy
import sys
import traceback

questions, answers = sys.stdin, os.fdopen(os.dup(1), "w")
os.dup2(2, 1)  # what libraries print is not an answer
for line in questions:
    asked = json.loads(line)
    sys.stdin, printed = io.StringIO(json.dumps(asked["command"])), io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            runpy.run_path(asked["script"], run_name="__main__")
        answer = {"answer": printed.getvalue()}
    except BaseException:
        answer = {"failure": traceback.format_exc()}
    print(json.dumps(answer), file=answers, flush=True)
