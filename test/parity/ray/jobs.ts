/** Jobs on a real Ray cluster of this machine, and what it says when it refuses. */
import { beforeAll, describe, expect, test } from "vitest";
import { RayJobs, type RayAddress } from "../../../kernel-helpers/distributed/index.ts";
import { AccessError, ArgumentError, HelperError } from "../../../kernel-helpers/errors.ts";

const collect = async (pieces: AsyncIterable<string>): Promise<string> => {
  let all = "";
  for await (const piece of pieces) all += piece;
  return all;
};
const thrownBy = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

export const jobTests = (cluster: () => Required<RayAddress>): void => {
  let jobs: RayJobs;
  beforeAll(() => {
    jobs = new RayJobs(cluster());
  });
  const wrong = (): RayAddress => ({ address: cluster().address, token: "0".repeat(64) });

  describe("a job", () => {
    test("runs Node with the environment it was given, and its log is streamed to the end", async () => {
      const program = `console.log("first"); setTimeout(() => console.log(process.env.WORD, 6 * 7), 500)`;
      const id = await jobs.submit({
        entrypoint: `node -e '${program}'`,
        id: "node-job",
        environment: { variables: { WORD: "answer" } },
        metadata: { purpose: "a test" },
      });
      expect(id).toBe("node-job");
      const log = await collect(jobs.logs(id));
      expect(log).toContain("first\nanswer 42\n");
      const job = await jobs.finished(id);
      expect(job).toMatchObject({
        id,
        status: "SUCCEEDED",
        exitCode: 0,
        metadata: { purpose: "a test" },
        environment: { variables: { WORD: "answer" } },
      });
      expect(job.endedAt!.getTime()).toBeGreaterThan(job.startedAt!.getTime());
      expect(await jobs.log(id)).toBe(log);
      expect((await jobs.list()).map((each) => each.id)).toContain(id);
      await jobs.delete(id);
      expect((await jobs.list()).map((each) => each.id)).not.toContain(id);
    });

    test("that fails is an error with its exit code and the end of its log", async () => {
      const id = await jobs.submit({ entrypoint: `node -e 'console.error("no such luck"); process.exit(3)'` });
      const error = (await thrownBy(jobs.finished(id))) as HelperError;
      expect(error.code).toBe("ERR_RAY");
      expect(error.facts["log"]).toContain("no such luck");
      expect((await jobs.finished(id, { mustSucceed: false })).exitCode).toBe(3);
    });

    test("ends when it is stopped; a signal ends the waiting, not the job", async () => {
      const id = await jobs.submit({ entrypoint: `node -e 'console.log("up"); setInterval(() => {}, 1000)'` });
      const controller = new AbortController();
      const read = (async () => {
        for await (const text of jobs.logs(id, { signal: controller.signal }))
          if (text.includes("up")) controller.abort(new Error("enough"));
      })();
      expect(await thrownBy(read)).toMatchObject({ message: "enough" });
      expect((await jobs.status(id)).status).toBe("RUNNING");
      expect(await jobs.stop(id)).toBe(true);
      expect((await jobs.finished(id, { mustSucceed: false })).status).toBe("STOPPED");
    });
  });

  describe("a request that cannot be served", () => {
    test.each([
      ["a wrong token", () => new RayJobs(wrong()).list(), AccessError, "ERR_ACCESS"],
      ["the log of a cluster that refuses the token", () => collect(new RayJobs(wrong()).logs("x")), AccessError, "ERR_ACCESS"],
      ["a job that does not exist", () => jobs.status("nobody"), ArgumentError, "ERR_ARGUMENT"],
      ["the log of one that does not exist", () => collect(jobs.logs("nobody")), ArgumentError, "ERR_ARGUMENT"],
      ["an address that nobody listens on", () => new RayJobs({ address: "http://127.0.0.1:9" }).version(), HelperError, "ERR_UNAVAILABLE"],
    ] as const)("%s: a typed error", async (_, call, type, code) => {
      const error = await thrownBy(call());
      expect(error).toBeInstanceOf(type);
      expect((error as HelperError).code).toBe(code);
    });
  });
};
