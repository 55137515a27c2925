/**
 * `node llama-cpp-server.mjs FILE THREADS SLOTS`: llama.cpp, by node-llama-cpp, as a server for bench/serve.ts. It answers streamed chat completions of
 * models that speak ChatML, several at once in llama.cpp's batches, and says its address in a line of JSON.
 */
import { createServer } from "node:http";
import { getLlama, LlamaLogLevel } from "node-llama-cpp";

const [file, threads, slots] = process.argv.slice(2);
const llama = await getLlama({ gpu: false, build: "never", maxThreads: Number(threads), logLevel: LlamaLogLevel.error });
const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
const context = await model.createContext({ contextSize: 1024, batchSize: 512, sequences: Number(slots), threads: Number(threads) });
const free = Array.from({ length: Number(slots) }, () => context.getSequence());
const waiting = [];

async function take() {
  return free.pop() ?? (await new Promise((resolve) => waiting.push(resolve)));
}

function give(sequence) {
  const next = waiting.shift();
  if (next) next(sequence);
  else free.push(sequence);
}

const server = createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  const { messages, max_tokens: most } = JSON.parse(Buffer.concat(pieces).toString());
  const prompt = messages.map(({ role, content }) => `<|im_start|>${role}\n${content}<|im_end|>\n`).join("");
  const ids = model.tokenize(`${prompt}<|im_start|>assistant\n`, true);
  const sequence = await take();
  const send = (data) => response.write(`data: ${JSON.stringify(data)}\n\n`);
  response.writeHead(200, { "content-type": "text/event-stream" });
  let count = 0;
  try {
    await sequence.clearHistory();
    for await (const token of sequence.evaluate(ids, { temperature: 0 })) {
      send({ choices: [{ index: 0, delta: { content: model.detokenize([token]) || " " }, finish_reason: null }] });
      if (++count === most) break;
    }
  } finally {
    give(sequence);
  }
  send({ choices: [], usage: { prompt_tokens: ids.length, completion_tokens: count } });
  response.end("data: [DONE]\n\n");
});
server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}` })));
process.stdin.resume().on("end", () => process.exit());
