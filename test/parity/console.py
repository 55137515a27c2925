"""Sits at `jupyter console` as a person would, and prints as JSON what was on the screen after each thing typed. Used by other-clients.test.ts."""

import json
import re
import sys
import time

import pexpect

COLOUR = r"(?:\x1b\[[0-9;]*m)*"
# A loaded machine may take longer for the first answer than the second that the console waits for it.
PATIENT = "--ZMQTerminalInteractiveShell.kernel_is_complete_timeout=30"

console = pexpect.spawn(
    sys.executable,
    ["-m", "jupyter_console", "--kernel=tslab", PATIENT],
    encoding="utf8",
    timeout=60,
    dimensions=(40, 120),
)


def until(pattern):
    console.expect(pattern)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", console.before)


def prompt(count):
    return until(rf"In \[{COLOUR}{count}{COLOUR}\]: ")


def enter(text):
    console.send(text + "\r")


shown = {"banner": prompt(1)}

enter("1 + 1")
shown["value"] = prompt(2)

enter("function twice(x: number) {")
until(r"\.\.\.: ")
enter("return 2 * x")
until(r"\.\.\.: ")
enter("}")
prompt(3)
enter("twice(21)")
shown["function"] = prompt(4)

enter("throw new RangeError('on purpose')")
shown["error"] = prompt(5)

enter("(await input('Name? ')).toUpperCase()")
until(r"Name\? ")
time.sleep(1)  # until the terminal is no longer the line editor's
console.send("ada\n")
shown["input"] = prompt(6)

for count, loop in [(7, "while (true) {}"), (8, "for (;;) await new Promise((later) => setTimeout(later, 9))")]:
    enter(f"console.log('begun'); {loop}")
    until("begun\r")
    console.sendintr()
    shown[loop] = prompt(count)

enter("`goes on ${twice(4)}`")
shown["after"] = prompt(9)

console.sendeof()
until("exit")
enter("y")
console.expect(pexpect.EOF)
console.close()
shown["status"] = console.exitstatus
json.dump(shown, sys.stdout)
