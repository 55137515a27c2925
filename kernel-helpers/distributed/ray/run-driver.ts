/** A Python driver as a job: this process submits it, reads what it tells, and submits it again when it dies. */
import { randomUUID } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { ArgumentError, HelperError, UnavailableError } from "../../errors.ts";
import { interruptible } from "../../runtime/interrupt.ts";
import { driverFolder } from "../node/command.ts";
import type { RayAddress } from "./connection.ts";
import { RayError } from "./errors.ts";
import { RayJobs } from "./jobs.ts";

/** A line that a driver has told. */
export interface DriverLine {
  event: string;
  /** Seconds since 1970. */
  time: number;
}

export interface DriverRun<Line extends DriverLine> {
  cluster: RayAddress;
  /** Of distributed/drivers: "train". */
  name: string;
  /** Path of the JSON that it is started with. */
  config: string;
  /** How often it is started again when it dies, or the cluster with it. */
  restarts: number;
  /** Seconds that the cluster may be away. */
  patience: number;
  signal: AbortSignal | undefined;
  onLine: (line: Line) => void;
  onRestart: (message: string) => void;
}

/**
 * Runs a driver until it has succeeded.
 *
 * @throws {RayError} The driver told that the run failed, or died too often.
 * @throws {UnavailableError} The cluster does not answer, or not again.
 */
export async function runDriver<Line extends DriverLine>(given: DriverRun<Line>): Promise<void> {
  using interrupt = await interruptible(given.signal);
  const { signal } = interrupt;
  const run = { ...given, signal };
  const jobs = new RayJobs({ ...run.cluster, timeout: requestSeconds });
  for (let attempt = 0; ; attempt++) {
    const id = `${run.name}-${randomUUID()}`; // ours, so that it is known whatever becomes of the request
    const failure: { message?: string } = {};
    try {
      await runOnce(jobs, id, run, failure);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (failure.message !== undefined)
        throw new RayError(`the run failed: ${failure.message}`, { hint: "facts.log has more", cause: error, facts: factsOf(error) });
      if (attempt >= run.restarts || !HelperError.is(error) || !["ERR_RAY", "ERR_UNAVAILABLE", "ERR_ARGUMENT"].includes(error.code))
        throw error;
      await answering(jobs, run.patience, signal);
      await ended(jobs, id, signal); // two drivers would write the same files
      run.onRestart(error.summary);
    }
  }
}

async function runOnce<Line extends DriverLine>(
  jobs: RayJobs,
  id: string,
  { name, config, signal, onLine }: DriverRun<Line>,
  failure: { message?: string },
): Promise<void> {
  const entrypoint = `PYTHONDONTWRITEBYTECODE=1 "\${CAIRN_PYTHON:-python}" ${quoted(`${driverFolder}/${name}.py`)} ${quoted(config)}`;
  const options = { ...(signal && { signal }) };
  try {
    await jobs.submit({ entrypoint, id }, options);
    let rest = "";
    for await (const text of jobs.logs(id, options)) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines.filter((each) => each.startsWith(mark))) {
        const told = JSON.parse(line.slice(mark.length)) as Line | { event: "failed"; message: string };
        if (told.event === "failed") failure.message = (told as { message: string }).message;
        else onLine(told as Line);
      }
    }
    await jobs.finished(id, options);
  } catch (error) {
    await jobs.stop(id).catch(() => {}); // whatever is left of it
    throw error;
  }
}

const mark = "cairn-run ";

/** A busy head takes its time to start a job. */
const requestSeconds = 120;

const quoted = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

const factsOf = (error: unknown): Readonly<Record<string, unknown>> => (HelperError.is(error) ? error.facts : {});

/** Sees to it that a job is over, if the cluster knows it. */
async function ended(jobs: RayJobs, id: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await jobs.stop(id, { ...(signal && { signal }) });
    await jobs.finished(id, { ...(signal && { signal }), mustSucceed: false });
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error; // a cluster that has come back does not know it
  }
}

/** Waits until the dashboard answers (again). */
async function answering(jobs: RayJobs, seconds: number, signal: AbortSignal | undefined): Promise<void> {
  for (const start = performance.now(); ; await setTimeout(250, undefined, { ...(signal && { signal }) })) {
    try {
      await jobs.list({ ...(signal && { signal }) });
      return;
    } catch (error) {
      if (!(error instanceof UnavailableError || error instanceof RayError) || performance.now() - start > seconds * 1000) throw error;
    }
  }
}
