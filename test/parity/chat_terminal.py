"""Talks with `cairn chat` through a pseudo-terminal, as a person does, and prints what the screen showed at each step as JSON."""

import json
import sys

import pexpect

PROMPT = "\x1b\\[3G"  # readline puts the cursor behind "> "
steps = []
chat = pexpect.spawn("node", ["src/bin/cairn.js", "chat"], encoding="utf-8", dimensions=(30, 100), timeout=120)


def step(send=None):
    if send is not None:
        chat.sendline(send)
    chat.expect(PROMPT)
    steps.append(chat.before)


step()
chat.sendline("Tell me a very long story about a fox, a crow and a king.")
chat.expect("king\\.\r\n.*[a-z]+ [a-z]+ ")  # the answer has begun
chat.sendintr()
step()
step("/system You answer with the word yes.")
step('"""Is this')
step('one question?"""')
chat.send("half a line")
chat.expect("half a line")
chat.sendintr()
step()
step(f"/save {sys.argv[1]}")
chat.sendintr()
step()
chat.sendintr()
chat.expect(pexpect.EOF)
chat.close()
print(json.dumps({"steps": steps, "exit": chat.exitstatus}))
