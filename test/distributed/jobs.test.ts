import { describe, expect, test } from "vitest";
import { RayJobs } from "../../kernel-helpers/distributed/index.ts";

const jobs = new RayJobs({ address: "http://127.0.0.1:9" });

describe("what a client of jobs is given", () => {
  test.each([
    [{ address: "127.0.0.1:8265" }, /the http or https address of a Ray dashboard/],
    [{ address: "http://a", token: "" }, /token/],
    [{ address: "http://a", timeout: 0 }, /timeout/],
    [{ adress: "http://a" }, /did you mean "address"/],
  ])("%j is refused", (options, message) => {
    expect(() => new RayJobs(options as never)).toThrow(message);
  });

  test.each([
    [{}, /entrypoint/],
    [{ entrypoint: "node x.js", id: "a/b" }, /letters, digits/],
    [{ entrypoint: "node x.js", cpus: -1 }, /cpus/],
    [{ entrypoint: "node x.js", environment: { variables: { A: 1 } } }, /environment\.variables\.A/],
    [{ entrypoint: "node x.js", metadata: [] }, /metadata/],
  ])("a request %j is refused before it is sent", async (request, message) => {
    await expect(jobs.submit(request as never)).rejects.toThrow(message);
  });

  test("an id never becomes another route", async () => {
    await expect(jobs.status("../version")).rejects.toThrow(/id/);
    expect(() => jobs.logs("a b")).toThrow(/id/);
  });

  test("a call whose signal has fired is not made", async () => {
    await expect(jobs.list({ signal: AbortSignal.abort(new Error("stopped")) })).rejects.toThrow("stopped");
  });
});
