import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

// unit: Node alone, straight from source. kernel: real kernels and processes, on the build. parity and e2e need what .ci/run installs.
// Real processes share a busy machine with others in CI, so a test is tried again there; .ci/run names those that passed only then.
const retry = process.env["CI"] ? 1 : 0;
// Worker threads, too, run from source.
const project = (name: string, include: string[], exclude: string[] = []): object => ({
  test: {
    name,
    include,
    exclude,
    pool: "forks",
    retry,
    execArgv: ["--import", "./test/worker-sources.mjs"],
    testTimeout: name === "unit" ? 60_000 : 300_000,
    hookTimeout: 300_000,
  },
});

const special = ["test/api/**", "test/kernel/**", "test/cli/**", "test/faults/**", "test/cells/**", "test/parity/**", "test/e2e/**"];

// Without the times of an earlier run, vitest begins with the largest files. These are small and take long: begun last, they would run alone.
const long = ["parity/ray/ray", "parity/stock-notebooks", "parity/large-stores"];

class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification): number => {
      const place = long.findIndex((name) => moduleId.endsWith(`test/${name}.test.ts`));
      return place < 0 ? long.length : place;
    };
    return (await super.sort(files)).toSorted((one, other) => placeOf(one) - placeOf(other));
  }
}

export default defineConfig({
  test: {
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    projects: [
      project("unit", ["test/**/*.test.ts"], special),
      project("kernel", ["test/{api,kernel,cli,faults,cells}/**/*.test.ts"]),
      project("parity", ["test/parity/**/*.test.ts"]),
      project("e2e", ["test/e2e/**/*.test.ts"]),
    ],
  },
});
