/** `cairn chat` with SmolLM2, fed through a pipe as a script would, and interrupted as a terminal does it. */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(path.join(tmpdir(), "cairn-chat-"));
afterAll(() => rmSync(folder, { recursive: true }));

function start(...args: string[]): {
  child: ChildProcessWithoutNullStreams;
  output: () => string;
  until: (pattern: RegExp) => Promise<void>;
} {
  const child = spawn(process.execPath, ["src/bin/cairn.js", "chat", ...args], { detached: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const until = async (pattern: RegExp): Promise<void> => {
    while (!pattern.test(output)) await once(child.stdout, "data");
  };
  return { child, output: () => output, until };
}

test("a conversation is answered, saved and left; an unknown command is told", async () => {
  const { child, output } = start();
  const file = path.join(folder, "conversation.json");
  child.stdin.end(`/system Answer in one word.\nWhat is the capital of France?\n/nope\n/save ${file}\n/exit\n`);
  expect(await once(child, "close")).toEqual([0, null]);
  expect(output()).toContain("there is no command /nope");
  const messages = JSON.parse(readFileSync(file, "utf8")) as { role: string; content: string }[];
  expect(messages.map(({ role }) => role)).toEqual(["system", "user", "assistant"]);
  expect(output()).toContain(messages[2]!.content);
});

test("a question that cannot be answered is not part of the conversation, which goes on", async () => {
  const { child, output } = start();
  const file = path.join(folder, "after-an-error.json");
  child.stdin.end(`/system\n${"word ".repeat(9000)}\nSay yes.\n/save /dev/null/x\n/save ${file}\n`);
  expect(await once(child, "close")).toEqual([0, null]);
  expect(output()).toContain("/system needs a text");
  expect(output()).toContain("prompt must be shorter than 8192 tokens");
  expect(output().match(/cannot be written/g)).toHaveLength(1);
  expect(output()).toContain("(2 messages)");
  const messages = JSON.parse(readFileSync(file, "utf8")) as { role: string; content: string }[];
  expect(messages.map(({ role }) => role)).toEqual(["user", "assistant"]);
  expect(messages[0]!.content).toBe("Say yes.");
});

test("Ctrl-C ends an answer, and the next question is answered; Ctrl-C where there is none leaves", async () => {
  const { child, output, until } = start();
  child.stdin.write("Tell me a very long story about a fox, a crow and a king.\n");
  await until(/\S+ \S+ \S+/);
  process.kill(-child.pid!, "SIGINT"); // to both processes, as a terminal sends it
  await until(/\[interrupted\]/);
  child.stdin.write("/nope\n");
  await until(/there is no command/);
  process.kill(-child.pid!, "SIGINT");
  expect(await once(child, "close")).toEqual([0, null]);
  expect(output()).not.toContain("Error");
});

test("through a pipe there are only answers: no prompt, no colours, no figures", async () => {
  const { child, output } = start();
  child.stdin.end("/system Say yes and nothing else.\nYes?\n");
  expect(await once(child, "close")).toEqual([0, null]);
  expect(output()).not.toContain("\u001B");
  expect(output()).not.toMatch(/^> |loading|tokens/m);
});

test("a model that cannot be had is an error with a remedy", async () => {
  const { child, output } = start("SmolLM");
  expect(await once(child, "close")).toEqual([1, null]);
  expect(output()).toContain("SmolLM2-135M-Instruct");
});
