/** `cairn chat` on a terminal: Python's pexpect sits at the keyboard. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

test("Ctrl-C ends an answer, then clears a line, then asks; twice it leaves; messages may have several lines", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "cairn-chat-terminal-"));
  const file = path.join(folder, "said.json");
  const { stdout } = await promisify(execFile)(path.resolve(".venv/bin/python"), ["test/parity/chat_terminal.py", file]);
  const { steps, exit } = JSON.parse(stdout) as { steps: string[]; exit: number };
  const [opening, story, system, more, answer, cleared, saved, leaving] = steps as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  expect(opening).toContain("SmolLM2-135M-Instruct: llama, looks back on 8,192 tokens");
  expect(story).toContain("[interrupted]");
  expect(system).toContain("the conversation starts over, with this system message");
  expect(more).toContain("… ");
  expect(answer).toMatch(/token/);
  expect(cleared).not.toContain("Ctrl-C again");
  expect(saved).toContain("holds the conversation (3 messages)");
  expect(leaving).toContain("Ctrl-C again, or Ctrl-D, leaves");
  expect(exit).toBe(0);
  expect((JSON.parse(readFileSync(file, "utf8")) as { content: string }[])[1]!.content).toBe("Is this\none question?");
  rmSync(folder, { recursive: true });
});
