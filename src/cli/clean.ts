/** `cairn clean`: removes what can be made again. */
import { parseArgs } from "node:util";
import { cacheFolder, clean } from "../course/index.ts";
import { checkoutFolder } from "../runtime/checkout.ts";

export const summary: string = "remove build output and remembered runs";

export const help: string = `Usage: cairn clean [--all]

Removes what was built (src/dist, kernel-helpers/dist, build/course) and remembered runs, and says how much that was.
The next command builds again by itself. Which exercises you have done is kept.

  --all   also models, data sets, JupyterLab's environment and what notebooks have made for each other;
          they are fetched and made again when needed

Examples:
  cairn clean
  CAIRN_CACHE=/data/cairn cairn clean --all`;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { all: { type: "boolean" } } });
  const removed = await clean({ root: checkoutFolder, cache: cacheFolder(), all: values.all === true });
  for (const { path, bytes } of removed) console.log(`removed ${path}  ${megabytes(bytes)}`);
  console.log(`${megabytes(removed.reduce((sum, { bytes }) => sum + bytes, 0))} freed`);
  return 0;
}
