/** Errors as OpenAI's API answers them (platform.openai.com/docs/guides/error-codes): a status, and `{ error: { message, type, param, code } }`. */
import { ClosedError, HelperError, ArgumentError, UnavailableError } from "../errors.ts";

export type ErrorType = "invalid_request_error" | "authentication_error" | "rate_limit_error" | "server_error" | "timeout_error";

export interface ErrorBody {
  error: { message: string; type: ErrorType; param: string | null; code: string | null };
}

export class ApiError extends Error {
  readonly status: number;
  readonly type: ErrorType;
  readonly code: string | null;
  readonly param: string | null;
  /** Seconds after which it may be tried again. */
  readonly retryAfter: number | undefined;

  constructor(
    status: number,
    type: ErrorType,
    message: string,
    more: { code?: string; param?: string; retryAfter?: number; cause?: unknown } = {},
  ) {
    super(message, more.cause === undefined ? undefined : { cause: more.cause });
    this.name = "ApiError";
    this.status = status;
    this.type = type;
    this.code = more.code ?? null;
    this.param = more.param ?? null;
    this.retryAfter = more.retryAfter;
  }

  get body(): ErrorBody {
    return { error: { message: this.message, type: this.type, param: this.param, code: this.code } };
  }
}

export const invalid = (message: string, param?: string, code?: string): ApiError =>
  new ApiError(400, "invalid_request_error", message, { ...(param !== undefined && { param }), ...(code !== undefined && { code }) });

/** Whatever was thrown, as what the client is told: of an error of the server's own nothing but that there was one. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (isSchemaError(error)) {
    const [first] = error.validation;
    const unknown = first?.params?.["additionalProperty"];
    const at = (first?.instancePath ?? "").slice(1).replaceAll("/", ".");
    const param = typeof unknown === "string" ? [at, unknown].filter(Boolean).join(".") : at;
    const message = typeof unknown === "string" ? `Unrecognized request argument: ${param}` : error.message;
    return invalid(message, param === "" ? undefined : param);
  }
  if (HelperError.is(error)) {
    if (error.code === ArgumentError.code || isArgument(error)) return invalid(error.summary, argumentOf(error));
    if (error.code === ClosedError.code || error.code === UnavailableError.code) return unavailable(error);
  }
  const status = (error as { statusCode?: unknown }).statusCode;
  if (typeof status === "number" && status >= 400 && status < 500) {
    return new ApiError(status, "invalid_request_error", (error as Error).message, { cause: error });
  }
  return new ApiError(500, "server_error", "The server had an error while processing your request.", { cause: error });
}

const isArgument = (error: HelperError): boolean => "argument" in error.facts;
const argumentOf = ({ facts }: HelperError): string | undefined => (typeof facts["argument"] === "string" ? facts["argument"] : undefined);

const unavailable = (cause: unknown): ApiError =>
  new ApiError(503, "server_error", "The model is not available right now.", { code: "model_unavailable", retryAfter: 5, cause });

interface SchemaError extends Error {
  validation: readonly { instancePath?: string; params?: Record<string, unknown> }[];
}

const isSchemaError = (error: unknown): error is SchemaError =>
  error instanceof Error && Array.isArray((error as Partial<SchemaError>).validation);
