/** `serve-worker.ts FILE THREADS SLOTS`: our side of bench/serve.ts, in a process of its own. It says its address as peers/llama-cpp-server.mjs does. */
import { serve } from "kernel-helpers/serve";

const [file, threads, slots] = process.argv.slice(2) as [string, string, string];
const server = await serve({
  models: [{ id: "model", model: file, threads: Number(threads), slots: Number(slots), slotTokens: 1024 }],
  port: 0,
});
console.log(JSON.stringify({ url: server.url }));
process.stdin.resume().on("end", () => void server.close().then(() => process.exit()));
