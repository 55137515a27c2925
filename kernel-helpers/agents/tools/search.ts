/** Searching as a tool: an index of documents, and the web where a key is set. */
import { AccessError, FormatError, UnavailableError } from "../../errors.ts";
import { argumentError, checkInteger, checkNumber, checkOptions, checkText, isPlainObject } from "../../runtime/check.ts";
import { confidenceOf, type Retriever } from "../../rag/index.ts";
import { defineTool, type AgentTool } from "../tool.ts";

export interface SearchToolOptions {
  /** @default "search" */
  name?: string;
  /** Says what can be found. @default that documents can */
  description?: string;
  /** How many passages at most. @default 3 */
  topK?: number;
  /** Below this confidence (rag's confidenceOf) nothing counts as found, and the model is told so. @default 0 */
  threshold?: number;
}

const parameters = (what: string) => ({
  type: "object",
  properties: { query: { type: "string", minLength: 1, maxLength: 200, description: what } },
  required: ["query"],
  additionalProperties: false,
});

/**
 * A retriever, such as an index of a folder, as a tool.
 *
 * @example searchTool(await indexFolder('docs'), { description: 'Searches the handbook of the company' })
 */
export function searchTool(retriever: Retriever, options: SearchToolOptions = {}): AgentTool {
  if (typeof (retriever as Retriever | undefined)?.retrieve !== "function")
    throw argumentError("retriever", "a retriever", retriever, {
      hint: "pass an index of indexFolder(…), or new KeywordRetriever(chunks)",
    });
  checkOptions("options", options, ["name", "description", "topK", "threshold"]);
  const topK = checkInteger("topK", options.topK ?? 3, { min: 1, max: 50 });
  const threshold = checkNumber("threshold", options.threshold ?? 0);
  return defineTool<{ query: string }>({
    name: options.name ?? "search",
    description: options.description ?? "Searches the documents, and returns the passages that fit best.",
    parameters: parameters("what to look for, in a few words"),
    async run({ query }, { signal }) {
      const found = await retriever.retrieve(query, { topK, signal });
      if (found.length === 0 || confidenceOf(found) < threshold) return "nothing was found";
      return found.map(({ chunk: { document, headings, text } }) => ({ source: document.id, title: headings.join(" · "), text }));
    },
  });
}

export interface WebSearchOptions {
  /** @default the environment's TAVILY_API_KEY */
  apiKey?: string;
  /** Where the service is. @default "https://api.tavily.com/search" */
  endpoint?: string;
  /** How many pages at most. @default 3 */
  topK?: number;
}

/**
 * The web as a tool, by Tavily's search (docs.tavily.com), which answers with text instead of links. Pages are written by strangers: keep the agent's defence on.
 *
 * @returns undefined where there is no key: `tools: [calculator(), ...[webSearchTool() ?? []].flat()]`
 */
export function webSearchTool(options: WebSearchOptions = {}): AgentTool | undefined {
  checkOptions("options", options, ["apiKey", "endpoint", "topK"]);
  const { apiKey = process.env["TAVILY_API_KEY"], endpoint = "https://api.tavily.com/search" } = options;
  const topK = checkInteger("topK", options.topK ?? 3, { min: 1, max: 20 });
  if (!/^https?:$/.test(URL.canParse(endpoint) ? new URL(endpoint).protocol : ""))
    throw argumentError("endpoint", "an http or https address", endpoint);
  if (apiKey === undefined || apiKey === "") return undefined;
  checkText("apiKey", apiKey);
  return defineTool<{ query: string }>({
    name: "web_search",
    description: "Searches the web, and returns what the best pages say.",
    parameters: parameters("what to look for, as one would type it into a search engine"),
    async run({ query }, { signal }) {
      const response = await ask(endpoint, apiKey, { query, max_results: topK }, signal);
      const { results } = (await response.json()) as { results?: unknown };
      if (!Array.isArray(results)) throw new FormatError(`${endpoint} sent no results`, { hint: "check the endpoint" });
      const pages = results
        .filter(isPlainObject)
        .map(({ title, url, content }) => ({ source: String(url), title: String(title), text: String(content) }));
      return pages.length === 0 ? "nothing was found" : pages.slice(0, topK);
    },
  });
}

async function ask(endpoint: string, apiKey: string, body: object, signal: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(endpoint, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${apiKey}` },
      body: JSON.stringify(body),
      redirect: "error", // the key goes nowhere else
      signal,
    });
  } catch (cause) {
    signal.throwIfAborted();
    throw new UnavailableError("the web search cannot be reached", {
      hint: "check the network and the endpoint",
      cause,
      facts: { endpoint },
    });
  }
  if (response.ok) return response;
  const facts = { endpoint, status: response.status };
  if (response.status === 401 || response.status === 403)
    throw new AccessError("the web search refused the key", { hint: "pass a valid apiKey", facts });
  throw new UnavailableError(`the web search answered ${response.status}`, { hint: "try again later", facts });
}
