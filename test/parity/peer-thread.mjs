/** Keeps a Python peer: passes each question on to it, and back what it answers, or why it does not. */
import { spawn } from "node:child_process";
import { workerData } from "node:worker_threads";

const { python, script, port, turn } = workerData;
const child = spawn(python, [script], { stdio: "pipe" });
let [said, answered] = ["", []];

function reply(message) {
  port.postMessage(message);
  Atomics.add(turn, 0, 1);
  Atomics.notify(turn, 0);
}

function fail(why) {
  port.off("message", ask);
  port.on("message", () => reply({ failure: why }));
  reply({ failure: why });
}

const ask = (question) => child.stdin.write(`${question}\n`);
port.on("message", ask);
child.stdin.on("error", () => {}); // it has ended, which "close" tells
child.stderr.on("data", (data) => (said = (said + data).slice(-20_000)));
child.stdout.on("data", (data) => {
  answered.push(data);
  if (data.at(-1) !== 10) return;
  const [line] = Buffer.concat(answered).toString().split("\n");
  answered = [];
  reply(JSON.parse(line));
});
child.on("error", (error) => fail(error.message));
child.on("close", (code, signal) => fail(`it ended (${signal ?? code})\n${said}`));
