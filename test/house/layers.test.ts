/** The house's rules: who may import whom, rooms equal to the package's subpaths, no file above 400 lines. */
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

/** Which rooms a room may import, besides errors.ts and runtime/. Absent = nothing. Edit in the same commit as the import. */
const mayImport: Record<string, readonly string[]> = {
  "kernel-helpers/data": ["models"],
  "kernel-helpers/tokenizer": ["models"],
  "kernel-helpers/tensor": ["onnx"],
  "kernel-helpers/nn": ["tensor"],
  "kernel-helpers/optim": ["tensor"],
  "kernel-helpers/reporters": ["plots"],
  "kernel-helpers/train": ["nn", "optim", "tensor", "checkpoints", "reporters"],
  "kernel-helpers/llm": ["onnx", "tensor", "nn", "optim", "train", "checkpoints", "tokenizer", "models"],
  "kernel-helpers/alignment": ["llm", "train", "nn", "tensor"],
  "kernel-helpers/distributed": ["train", "optim", "nn", "tensor", "checkpoints", "embeddings", "serve"],
  "kernel-helpers/embeddings": ["onnx", "tensor", "nn", "train", "checkpoints", "tokenizer", "models"],
  "kernel-helpers/gpu": ["models", "onnx", "tensor", "nn", "optim", "train"],
  "kernel-helpers/retrieval": ["onnx"],
  "kernel-helpers/langchain": ["agents", "llm", "rag", "retrieval"],
  "kernel-helpers/rag": ["retrieval", "embeddings", "llm", "data"],
  "kernel-helpers/agents": ["llm", "rag", "retrieval", "data", "plots"],
  "kernel-helpers/mcp": ["agents", "llm"],
  "kernel-helpers/aisdk": ["agents", "llm"],
  "kernel-helpers/multimodal": ["models", "checkpoints", "tokenizer", "onnx", "tensor", "nn", "optim", "train", "llm", "retrieval"],
  "kernel-helpers/serve": ["llm", "embeddings", "models", "multimodal", "onnx"],
  "src/compare": ["nbformat"],
  "src/kernel": ["tslab-kernel"],
  "src/execute": ["nbformat", "kernel"],
  "src/course": ["nbformat", "execute", "kernel", "report"],
  "src/check": ["nbformat", "execute", "course", "report", "tslab-kernel"],
  "src/report": ["execute"],
  "src/snapshot": ["nbformat", "execute", "compare"],
  "src/render": ["nbformat"],
  "src/site": ["nbformat", "render", "report"],
  "src/lab": ["tslab-kernel", "nbformat", "site"],
  "src/doctor": ["kernel", "lab"],
  "src/api": ["nbformat", "execute", "course", "report", "render", "site"],
  "src/cli": ["nbformat", "kernel", "execute", "course", "check", "report", "compare", "snapshot", "render", "site", "lab", "doctor"],
};

const sources = (root: string): string[] =>
  readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => /(?<!\.d)\.ts$/.test(file) && !/^(dist|node_modules)\//.test(file))
    .map((file) => `${root}/${file}`);

const files = [...sources("src"), ...sources("kernel-helpers")];

describe("the house", () => {
  test.each(files)("%s imports only the rooms below it, through their index", (file) => {
    const [root, room] = file.split("/") as [string, string];
    const specifiers = [...readFileSync(file, "utf8").matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g)].map((match) => match[1]!);
    const targets = specifiers.map((specifier) => new URL(specifier, `file:///${file}`).pathname.slice(1));
    const foreign = targets.filter((target) => !target.startsWith(`${root}/${room}/`) && !/\/(errors\.ts|runtime\/.*)$/.test(target));
    const allowed = (mayImport[`${root}/${room}`] ?? []).map((name) => `${root}/${name}/index.ts`);
    expect(foreign.filter((target) => !allowed.includes(target) && file !== `${root}/${room}`)).toEqual([]);
  });

  test.each(files)("%s stays within 400 lines", (file) => {
    expect(readFileSync(file, "utf8").split("\n").length).toBeLessThanOrEqual(401);
  });

  test("the library's rooms, its exports and its typesVersions are the same list", () => {
    const manifest = JSON.parse(readFileSync("kernel-helpers/package.json", "utf8"));
    const rooms = files
      .filter((file) => /^kernel-helpers\/[a-z]+\/index\.ts$/.test(file))
      .map((file) => file.split("/")[1]!)
      .toSorted();
    expect(Object.keys(manifest.exports).map((key) => key.slice(2))).toEqual(rooms);
    expect(Object.keys(manifest.typesVersions["*"])).toEqual(rooms);
  });
});
