/** `cairn clean`: removes what can be made again. */
import { parseArgs } from "node:util";
import { cacheFolder, clean } from "../course/index.ts";
import { CairnError } from "../errors.ts";
import { usersOfCheckout } from "../lab/index.ts";
import { checkoutFolder } from "../runtime/checkout.ts";

export const summary: string = "remove build output and remembered runs";

export const help: string = `Usage: cairn clean [--all]

Removes what was built (src/dist, kernel-helpers/dist, build/course), remembered runs and what the kernel keeps for its next start, and says
how much that was.
The next command builds again by itself. The record of exercises you have done is kept, and so is your copy of the course, my-notebooks.
While a kernel of this checkout or its cairn lab is running, nothing is removed.

  --all   also models, data sets, what cairn gpu fetched, JupyterLab's environment and what notebooks have made for each other;
          they are fetched and made again when needed

Examples:
  cairn clean
  CAIRN_CACHE=/data/cairn cairn clean --all`;

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

export async function run(argv: string[]): Promise<number> {
  const { values } = parseArgs({ args: argv, options: { all: { type: "boolean" } } });
  const [all, cache] = [values.all === true, cacheFolder()];
  const users = usersOfCheckout(all ? cache : undefined);
  if (users.length > 0) {
    const list = users.map(({ what, pid }) => `${what} (process ${pid})`).join(", ");
    throw new CairnError(`what would be removed is in use by ${list}`, {
      hint: "end cairn lab with Ctrl-C, shut kernels down where their notebooks are open, or wait for cairn run to end; then try again",
    });
  }
  const removed = await clean({ root: checkoutFolder, cache, all });
  for (const { path, bytes } of removed) console.log(`removed ${path}  ${megabytes(bytes)}`);
  console.log(`${megabytes(removed.reduce((sum, { bytes }) => sum + bytes, 0))} freed`);
  return 0;
}
