/** How what lies in this package is started elsewhere in the cluster, which has it at the same path. */
import { fileURLToPath } from "node:url";

const isSource = import.meta.url.endsWith(".ts");

/** Where the package is: Python lies among its sources, from which nothing is compiled. */
const packageFolder = fileURLToPath(new URL(isSource ? "../../" : "../../../", import.meta.url));

/** Where the Python is that Ray runs: drivers of jobs, the replica, and what they share. */
export const driverFolder: string = `${packageFolder}distributed/drivers`;

/** Node's options to run from TypeScript sources, worker threads as well: `--import tsx` would do so for the main thread alone. */
const fromSource = (): string[] => {
  const program = `import { register } from ${JSON.stringify(import.meta.resolve("tsx/esm/api"))}; register();`;
  return ["--import", `data:text/javascript,${encodeURIComponent(program)}`];
};

/** @param file Of a program of this package, from its folder: "distributed/parallel/worker". */
export const nodeCommand = (file: string): string[] => [
  "node",
  ...(isSource ? fromSource() : []),
  isSource ? `${packageFolder}${file}.ts` : `${packageFolder}dist/${file}.js`,
];
