/** `serve-worker.ts FILE THREADS SLOTS`: our side of bench/serve.ts, in a process of its own. It speaks as peers/llama-cpp-server.py does. */
import { createInterface } from "node:readline";
import { serve } from "kernel-helpers/serve";

const [file, threads, slots] = process.argv.slice(2) as [string, string, string];
const server = await serve({
  models: [{ id: "model", model: file, threads: Number(threads), slots: Number(slots), slotTokens: 1024 }],
  port: 0,
});
console.log(JSON.stringify({ url: server.url }));
for await (const _ of createInterface({ input: process.stdin })) {
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ processorSeconds: (user + system) / 1e6 }));
}
await server.close();
process.exit();
