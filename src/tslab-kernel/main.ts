/** The kernel process: `node main.js CONNECTION_FILE`. README.md says what differs from stock tslab. */
import { Kernel } from "./kernel.ts";

const [connectionFile] = process.argv.slice(2);
if (connectionFile === undefined) {
  process.stderr.write("usage: main.js CONNECTION_FILE (Jupyter starts it, see `cairn lab` and `cairn run`)\n");
  process.exit(2);
}
new Kernel(connectionFile).start();
