/** What retrievers are given. */
import {
  argumentError,
  checkArray,
  checkFunction,
  checkInteger,
  checkObject,
  checkOptions,
  checkSignal,
  checkText,
} from "../../runtime/check.ts";
import type { Chunk } from "../chunking/chunk.ts";
import { retrieveOptionNames, type RetrieveOptions, type Retriever } from "./retriever.ts";

export function checkRetrieve(query: unknown, options: RetrieveOptions): { query: string; topK: number } & RetrieveOptions {
  checkText("query", query);
  checkOptions("options", options, retrieveOptionNames);
  const topK = checkInteger("topK", options.topK ?? 5, { min: 1 });
  if (options.onStep !== undefined) checkFunction("onStep", options.onStep);
  checkSignal("signal", options.signal);
  options.signal?.throwIfAborted();
  return { ...options, query: query as string, topK };
}

export function checkChunks(argument: string, value: unknown): readonly Chunk[] {
  return checkArray(argument, value, (name, item) => {
    const { id, text, start, end } = checkObject(name, item, { hint: "pass what chunk() returns" });
    if (typeof id === "string" && typeof text === "string" && typeof start === "number" && typeof end === "number") return item as Chunk;
    throw argumentError(name, "a chunk", item, { hint: "pass what chunk() returns" });
  });
}

export function checkRetriever(argument: string, value: unknown): Retriever {
  if (typeof (value as Retriever | undefined)?.retrieve === "function") return value as Retriever;
  throw argumentError(argument, "a retriever", value, { hint: "pass a KeywordRetriever, a HybridRetriever, or what indexFolder returns" });
}
