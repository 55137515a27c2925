/** The routes, and what holds for all of them. */
import swagger from "@fastify/swagger";
import fastify, { LogController, type FastifyInstance, type FastifyRequest } from "fastify";
import type { ApiKeys } from "./admission/api-keys.ts";
import type { Answering } from "./answering.ts";
import { ApiError, toApiError } from "./api-error.ts";
import type { ModelPool } from "./models/pool.ts";
import { chatCompletions } from "./openai/chat.ts";
import { completions } from "./openai/completions.ts";
import { embeddings, rerank } from "./openai/embeddings.ts";
import { responses } from "./openai/responses.ts";
import {
  answer,
  chatBody,
  completionBody,
  embeddingsBody,
  errorResponse,
  rerankBody,
  responsesBody,
  type Schema,
} from "./openai/schemas.ts";
import { dashboard, dashboardPolicy } from "./operations/dashboard.ts";
import { Connections } from "./operations/connections.ts";
import type { LiveRequests } from "./operations/live.ts";
import type { Metrics } from "./operations/metrics.ts";
import type { CheckedServe } from "./options.ts";

export interface AppParts {
  checked: CheckedServe;
  pool: ModelPool;
  metrics: Metrics;
  live: LiveRequests;
  drain: { isDraining: boolean };
  keys: ApiKeys;
  answering: Answering;
}

const text: Schema = { type: "string" };
const list: Schema = { type: "array" };

export async function buildApp(parts: AppParts): Promise<FastifyInstance> {
  const { checked, metrics, keys } = parts;
  const app = fastify({
    bodyLimit: checked.bodyLimit,
    logger: checked.log ? { stream: { write: (line: string) => void checked.log!.write(line) } } : false,
    logController: new LogController({ disableRequestLogging: true }), // one line for each answer, below
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, strict: false } },
    return503OnClosing: false, // what still comes over an open connection is answered, and the connection closed
    requestTimeout: 60_000, // of reading a request, against those that send a byte a minute
    genReqId: () => crypto.randomUUID(),
  });
  const connections = new Connections(app.server);
  app.addHook("preClose", async () => connections.end());
  app.removeContentTypeParser("text/plain");
  app.setSerializerCompiler(() => (data) => JSON.stringify(data)); // response schemas only describe
  app.setErrorHandler((error, request, reply) => {
    const told = toApiError(error);
    if (told.status >= 500) request.log.error({ err: told.cause ?? told }, "failed");
    if (told.retryAfter !== undefined) reply.header("retry-after", String(told.retryAfter));
    if (told.status === 401) reply.header("www-authenticate", "Bearer");
    return reply.code(told.status === 499 ? 400 : told.status).send(told.body);
  });
  app.setNotFoundHandler((request) => {
    throw new ApiError(404, "invalid_request_error", `Unknown request URL: ${request.method} ${request.url.slice(0, 200)}.`, {
      code: "unknown_url",
    });
  });
  app.addHook("onRequest", async (request, reply) => {
    reply.header("x-request-id", request.id).header("x-content-type-options", "nosniff");
    if (parts.drain.isDraining) reply.header("connection", "close");
    if (request.url.startsWith("/v1/")) keys.clientOf(request.headers.authorization); // before the body is read
  });
  app.addHook("onResponse", async (request, reply) => {
    const route = request.routeOptions.url ?? "unknown";
    metrics.requests.inc({ route, status: String(reply.statusCode) });
    request.log.info({ route, status: reply.statusCode, milliseconds: Math.round(reply.elapsedTime) }, "request");
  });
  await app.register(swagger, { openapi: { openapi: "3.1.0", info: { title: "cairn serve", version: "1" }, ...security(checked) } });
  await app.register(async (routes) => addRoutes(routes, parts));
  return app;
}

const security = ({ keys }: CheckedServe): object =>
  keys.length === 0 ? {} : { components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } }, security: [{ key: [] }] };

function addRoutes(app: FastifyInstance, { pool, metrics, live, drain, answering }: AppParts): void {
  const failures = Object.fromEntries([400, 401, 404, 413, 415, 429, 500, 503, 504].map((status) => [status, errorResponse]));
  const route = (summary: string, body: Schema, result: Schema): object => ({
    schema: { summary, body, response: { 200: result, ...failures } },
  });
  const usage = { usage: { type: "object" } };
  const described = { id: text, object: text, created: { type: "integer" }, model: text, choices: list };
  app.post(
    "/v1/chat/completions",
    route("Answers a conversation", chatBody, answer("The answer", { ...described, ...usage })),
    chatCompletions(answering),
  );
  app.post(
    "/v1/completions",
    route("Continues text", completionBody, answer("The text", { ...described, ...usage })),
    completions(answering),
  );
  app.post(
    "/v1/embeddings",
    route("Texts as vectors", embeddingsBody, answer("The vectors", { object: text, data: list, model: text, ...usage })),
    embeddings(answering),
  );
  app.post(
    "/v1/rerank",
    route("Documents by what they say about a query", rerankBody, answer("The order", { model: text, results: list })),
    rerank(answering),
  );
  app.post(
    "/v1/responses",
    route("Answers, in items", responsesBody, answer("The answer", { id: text, object: text, output: list })),
    responses(answering),
  );

  const created = Math.floor(Date.now() / 1000);
  const model = (id: string): object => ({ id, object: "model", created, owned_by: "cairn" });
  const modelResponse = answer("A model", { id: text, object: text, created: { type: "integer" }, owned_by: text });
  app.get(
    "/v1/models",
    { schema: { summary: "The models served", response: { 200: answer("The models", { object: text, data: list }) } } },
    () => {
      return { object: "list", data: pool.list.map(({ id }) => model(id)) };
    },
  );
  app.get(
    "/v1/models/*",
    { schema: { summary: "One model", response: { 200: modelResponse, 404: errorResponse } } },
    (request: FastifyRequest) => {
      const id = (request.params as { "*": string })["*"]; // of owner/name, too
      if (pool.list.some((one) => one.id === id)) return model(id);
      throw new ApiError(404, "invalid_request_error", `The model \`${id.slice(0, 200)}\` does not exist.`, {
        code: "model_not_found",
        param: "model",
      });
    },
  );

  const hidden = { schema: { hide: true } };
  app.get("/openapi.json", hidden, () => app.swagger());
  app.get("/health", hidden, () => ({ status: "ok" }));
  app.get("/ready", hidden, (_request, reply) => {
    return drain.isDraining ? reply.code(503).send({ status: "draining" }) : { status: "ready" };
  });
  app.get("/metrics", hidden, async (_request, reply) => reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()));
  app.get("/live", hidden, () => live.state(pool, drain.isDraining));
  app.get("/", hidden, (_request, reply) =>
    reply.type("text/html; charset=utf-8").header("content-security-policy", dashboardPolicy).send(dashboard),
  );
}
