/** The hosted workflow runs what .ci/run runs, and GitHub's own parser understands it. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";

const name = ".github/workflows/ci.yml";
const content = readFileSync(name, "utf8");

test("GitHub's parser finds nothing wrong with it, and would find what is", () => {
  const wrong = [content.replace("timeout-minutes", "timeout-minuets"), content.replace("github.ref }}", "github.reff( }}")];
  const program = ["--import", "tsx", "test/house/parse-workflow.ts"];
  const problems: unknown = JSON.parse(
    execFileSync(process.execPath, program, { input: JSON.stringify([content, ...wrong]), encoding: "utf8" }),
  );
  expect(problems).toEqual([[], [expect.stringContaining("Unexpected value 'timeout-minuets'")], [expect.any(String)]]);
});

interface Job {
  container: string;
  "timeout-minutes": number;
  steps: { uses?: string; run?: string }[];
}

test("it runs .ci/run and nothing else of its own, on the oldest Node that we promise", () => {
  const { jobs } = parse(content) as { jobs: Record<string, Job> };
  const [job, ...others] = Object.values(jobs);
  expect(others).toEqual([]);
  expect(job!.steps.flatMap(({ run }) => run ?? [])).toEqual([
    'git config --global --add safe.directory "$GITHUB_WORKSPACE"',
    "bash .ci/run",
  ]);
  const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as { engines: { node: string } };
  expect(engines.node).toMatch(new RegExp(`^>=${/^node:(\d+)-/.exec(job!.container)![1]!}\\.`));
});

test("every script that .ci/run calls is there", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8")) as { scripts: Record<string, string> };
  const called = [...readFileSync(".ci/run", "utf8").matchAll(/npm run --silent ([\w:]+)|npm (test)\b/g)].map(
    ([, script, own]) => script ?? own!,
  );
  expect(called.length).toBeGreaterThan(5);
  expect(called.filter((script) => !(script in scripts))).toEqual([]);
});
