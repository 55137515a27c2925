/** The error of a class that a call throws. */
export function thrownBy<T extends Error>(call: () => unknown, type: abstract new (...args: never[]) => T): T {
  try {
    call();
  } catch (error) {
    if (error instanceof type) return error;
    throw error;
  }
  throw new Error(`nothing was thrown where a ${type.name} was expected`);
}
