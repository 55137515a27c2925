/** HTTP to a Ray dashboard. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { homedir } from "node:os";
import path from "node:path";
import { HelperError } from "../../errors.ts";
import { argumentError, checkNumber, checkSignal, checkText } from "../../runtime/check.ts";
import { parseJson } from "../../runtime/json.ts";
import { refused, unreachable } from "./errors.ts";

export interface RayAddress {
  /** Of the dashboard: "http://127.0.0.1:8265". */
  address: string;
  /** For a cluster with token authentication. @default RAY_AUTH_TOKEN, the file of RAY_AUTH_TOKEN_PATH, or ~/.ray/auth_token; none where there is none */
  token?: string;
}

export interface ConnectionOptions extends RayAddress {
  /** Seconds that a request may take. @default 30 */
  timeout?: number;
}

export interface Call {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  body?: unknown;
  signal?: AbortSignal | undefined;
}

export class Connection {
  readonly address: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly #timeoutMs: number;

  constructor({ address, token = knownToken(), timeout = 30 }: ConnectionOptions) {
    checkAddress({ address, ...(token !== undefined && { token }) });
    this.#timeoutMs = checkNumber("timeout", timeout, { above: 0, max: 86_400 }) * 1000;
    this.address = address.replace(/\/+$/, "");
    this.headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  }

  /** The JSON of the answer. @throws {HelperError} It is not 2xx, or none came. */
  async json(route: string, call: Call = {}): Promise<unknown> {
    return parseJson(await this.send(route, call), { file: `${this.address}${route}`, hint: "is this the address of a Ray dashboard?" });
  }

  /** The text of the answer. @throws {HelperError} It is not 2xx, or none came. */
  async send(route: string, { method = "GET", body, signal }: Call = {}): Promise<string> {
    checkSignal("signal", signal);
    signal?.throwIfAborted();
    const url = `${this.address}${route}`;
    const late = AbortSignal.timeout(this.#timeoutMs);
    try {
      const answer = await exchange(url, method, {
        headers: { ...this.headers, ...(body !== undefined && { "content-type": "application/json" }) },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: signal ? AbortSignal.any([signal, late]) : late,
      });
      if (answer.status < 200 || answer.status > 299) throw refused(url, answer.status, answer.text);
      return answer.text;
    } catch (error) {
      signal?.throwIfAborted();
      throw HelperError.is(error) ? error : unreachable(url, error);
    }
  }
}

export function checkAddress({ address, token }: RayAddress): void {
  checkText("address", address, { allowEmpty: false });
  if (!/^https?:\/\//.test(address) || !URL.canParse(address))
    throw argumentError("address", "the http or https address of a Ray dashboard", address, { hint: 'such as "http://127.0.0.1:8265"' });
  if (token !== undefined) checkText("token", token, { allowEmpty: false, hint: "leave it out where the cluster asks for none" });
}

interface Sent {
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
  signal: AbortSignal;
}

/** Not fetch: Node's sends Sec-Fetch-Mode, by which Ray takes it for a browser and refuses to submit (405). */
async function exchange(url: string, method: string, { headers, body, signal }: Sent): Promise<{ status: number; text: string }> {
  const request = (url.startsWith("https:") ? https : http).request(url, { method, headers, signal });
  request.end(body);
  const [response] = (await once(request, "response", { signal })) as [http.IncomingMessage];
  let text = "";
  for await (const piece of response.setEncoding("utf8")) text += piece as string;
  return { status: response.statusCode ?? 0, text };
}

/** Where Ray itself looks (docs.ray.io, "Ray token authentication"). */
function knownToken(): string | undefined {
  const { RAY_AUTH_TOKEN: token, RAY_AUTH_TOKEN_PATH: file = path.join(homedir(), ".ray/auth_token") } = process.env;
  if (token) return token;
  try {
    return readFileSync(file, "utf8").trim() || undefined;
  } catch {
    return undefined;
  }
}
