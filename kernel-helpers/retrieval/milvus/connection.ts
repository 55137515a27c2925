/** A connection to a Milvus server, and what its answers say about failure. */
import type { MilvusClient } from "@zilliz/milvus2-sdk-node";
import { HelperError, UnavailableError } from "../../errors.ts";

export interface MilvusAddress {
  /** Host and port. */
  address: string;
  database: string | undefined;
  /** "user:password", or an API key of Zilliz Cloud. */
  token: string | undefined;
  /** Milliseconds for a request. */
  timeout: number;
}

/** @throws {UnavailableError} The client is not installed, or no server answers. */
export async function connect({ address, database, token, timeout }: MilvusAddress): Promise<MilvusClient> {
  const { MilvusClient } = await loadClient();
  const client = new MilvusClient({
    address,
    timeout,
    maxRetries: 0, // calls.ts tries again
    logLevel: "error",
    // Its own default asks every ten seconds whether the server is there, and servers that keep to gRPC's default hang up on that.
    channelOptions: { "grpc.keepalive_time_ms": 600_000, "grpc.keepalive_permit_without_calls": 0, "grpc.enable_retries": 0 },
    ...(database !== undefined && { database }),
    ...(token !== undefined && { token }),
  });
  const { promise: late, clear } = after(timeout);
  try {
    await Promise.race([client.connectPromise, late]);
    checked(await client.getVersion());
    return client;
  } catch (error) {
    await client.closeConnection().catch(() => undefined);
    throw new UnavailableError(`no Milvus server answers at ${address}: ${(error as Error).message}`, {
      hint: "start one: startMilvusLite() here, or Milvus itself (milvus.io/docs), whose port is 19530",
      cause: error,
      facts: { address },
    });
  } finally {
    clear();
  }
}

async function loadClient(): Promise<typeof import("@zilliz/milvus2-sdk-node")> {
  try {
    return await import("@zilliz/milvus2-sdk-node");
  } catch (error) {
    throw new UnavailableError("the client of Milvus is not installed", { hint: "npm install @zilliz/milvus2-sdk-node", cause: error });
  }
}

function after(ms: number): { promise: Promise<never>; clear: () => void } {
  let timer: NodeJS.Timeout;
  const promise = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${ms} ms`)), ms);
  });
  return { promise, clear: () => clearTimeout(timer) };
}

interface Status {
  error_code?: string | number;
  code?: number;
  reason?: string;
  retriable?: boolean;
}

/** Milvus refused a request. */
class RefusedError extends UnavailableError {}

/** The answer, unless its status is a failure. */
export function checked<T extends object>(answer: T): T {
  const status = ("status" in answer ? answer.status : answer) as Status;
  if (status.error_code === "Success" || status.error_code === undefined || status.code === 0) return answer;
  throw new RefusedError(`Milvus refused a request: ${status.reason}`, {
    hint: "what it means is in Milvus's documentation of the error",
    facts: { code: status.code, retriable: status.retriable === true },
  });
}

/** gRPC's codes of a server that is away or overloaded for the moment: RESOURCE_EXHAUSTED, ABORTED, UNAVAILABLE. */
const passing = [8, 10, 14];

/** Another process may be making the collection: it has a name before it can be described. */
export function isTransientInOpening(error: unknown): boolean {
  return isTransient(error) || (error instanceof RefusedError && /does not exist|not found/i.test(error.message));
}

export function isTransient(error: unknown): boolean {
  if (HelperError.is(error)) return error.facts["retriable"] === true;
  return passing.includes((error as { code?: number }).code ?? -1);
}
