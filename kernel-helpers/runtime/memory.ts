/** Memory that may not be there. */
import { UnavailableError } from "../errors.ts";

/**
 * What `allocate` returns.
 *
 * @throws {UnavailableError} There is not as much memory, or no array can be so long.
 */
export function withMemory<T>(what: string, allocate: () => T): T {
  try {
    return allocate();
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new UnavailableError(`there is no memory for ${what}`, { hint: "choose smaller sizes", cause, facts: { what } });
  }
}
