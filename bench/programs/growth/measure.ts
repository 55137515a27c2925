/** What the programs about growth share: processor time, memory, and rows of a table as CSV. */

/** Seconds of processor time, of all threads, and of the clock. */
export async function timed<T>(work: () => Promise<T>): Promise<{ result: T; cpu: number; wall: number }> {
  const [cpu, start] = [process.cpuUsage(), performance.now()];
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { result, cpu: (user + system) / 1e6, wall: (performance.now() - start) / 1000 };
}

/** Of this process, now. */
export function megabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().rss / 2 ** 20;
}

/** Prints a row as soon as it is known: the largest sizes take long. */
export function printRow(values: readonly (number | string)[]): void {
  console.log(values.map((value) => (typeof value === "number" ? Number(value.toPrecision(4)) : value)).join(","));
}
