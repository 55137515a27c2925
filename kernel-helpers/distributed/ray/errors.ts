import { AccessError, ArgumentError, HelperError, UnavailableError } from "../../errors.ts";

/** What Ray says went wrong: a job that failed, or a request that its dashboard could not answer. */
export class RayError extends HelperError {
  static override readonly code: string = "ERR_RAY";
}

/** The error of an answer that is not 2xx. Ray sends Python's traceback as its text; its last line says what happened. */
export function refused(url: string, status: number, body: string): HelperError {
  const said = body.trim().split("\n").at(-1)?.slice(0, 500) ?? "";
  const facts = { url, status, body: body.slice(0, 4000) };
  if (status === 401 || status === 403) {
    return new AccessError(`${url} refuses the token (${status}): ${said}`, {
      hint: "pass { token } as the cluster has it: `ray get-auth-token` shows it, and RAY_AUTH_TOKEN or ~/.ray/auth_token hold it",
      facts,
    });
  }
  if (status === 404)
    return new ArgumentError(`${url} does not exist: ${said}`, { hint: "list() says which jobs the cluster knows", facts });
  if (status >= 400 && status < 500) {
    return new ArgumentError(`Ray does not accept the request (${status}): ${said}`, {
      hint: "see facts.body for all that it said",
      facts,
    });
  }
  return new RayError(`Ray failed (${status}): ${said}`, { hint: "see facts.body for its traceback", facts });
}

/** The error of an address that does not answer. */
export const unreachable = (url: string, cause: unknown): UnavailableError =>
  new UnavailableError(`${url} does not answer`, {
    hint: "is the cluster running, with its dashboard? `ray start --head`, or startRay() for one on this machine",
    cause,
    facts: { url },
  });
