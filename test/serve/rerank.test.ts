/** Reranking over HTTP, as Jina's and Cohere's APIs have it: the order and the scores are the cross-encoder's own. */
import { rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CrossEncoder, TrainableCrossEncoder } from "../../kernel-helpers/embeddings/index.ts";
import { serve, type ModelServer } from "../../kernel-helpers/serve/index.ts";
import { makeFolder, post, type Json } from "./tiny-chat.ts";

const folder = makeFolder();
const judge = path.join(folder, "judge");
const query = "who pays?";
const documents = ["the company", "it rains", "whoever has broken it pays for it"];
let server: ModelServer;
let scores: Float32Array;
beforeAll(async () => {
  await (await TrainableCrossEncoder.load("all-MiniLM-L6-v2", { seed: 1 })).save(judge);
  using alone = await CrossEncoder.load(judge, { device: "cpu" });
  scores = await alone.rerank(query, documents);
  server = await serve({ models: [{ model: judge, kind: "rerank" }], port: 0 });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

const rerank = (body: object): ReturnType<typeof post> => post(`${server.url}/v1/rerank`, { model: "judge", query, documents, ...body });

test("documents come in the order of their scores", async () => {
  const order = [0, 1, 2].sort((one, other) => scores[other]! - scores[one]!);
  const { status, json } = await rerank({});
  expect(status).toBe(200);
  expect(json).toMatchObject({ object: "list", model: "judge", usage: { total_documents: 3 } });
  expect(json.results.map(({ index }: Json) => index)).toEqual(order);
  for (const { index, relevance_score: score } of json.results) expect(score).toBeCloseTo(scores[index]!, 5);
});

test("as many as are asked for, with their texts where those are wanted, and as objects, too", async () => {
  const { json } = await rerank({ top_n: 1, return_documents: true, documents: documents.map((text) => ({ text })) });
  expect(json.results).toHaveLength(1);
  const [{ index, document }] = json.results;
  expect(document).toEqual({ text: documents[index] });
  expect(scores[index]).toBe(Math.max(...scores));
});

test("what is not right is refused", async () => {
  expect(await rerank({ documents: [] })).toMatchObject({ status: 400, json: { error: { type: "invalid_request_error" } } });
  expect(await rerank({ model: "tiny" })).toMatchObject({ status: 404, json: { error: { code: "model_not_found" } } });
});
