/** The kernel process: `node --experimental-import-meta-resolve main.js CONNECTION_FILE`. README.md says what differs from stock tslab. */
import { divertStreams } from "./native-output.ts";

const [connectionFile] = process.argv.slice(2);
if (connectionFile === undefined) {
  process.stderr.write("usage: main.js CONNECTION_FILE (Jupyter starts it, see `cairn lab` and `cairn run`)\n");
  process.exit(2);
}
const nativeOutput = divertStreams(connectionFile);
const { Kernel } = await import("./kernel.ts");
new Kernel(connectionFile, nativeOutput).start();
