/** The Node half of a replica: a server on a free port, which it says on its output. It ends in order when its input does, and so with the replica. */
import { serve, type ServeOptions } from "../../serve/index.ts";

const tell = (what: object): void => void process.stdout.write(`${JSON.stringify(what)}\n`);

try {
  const options = JSON.parse(process.argv[2]!) as ServeOptions;
  const server = await serve({ ...options, host: "127.0.0.1", port: 0, log: process.stderr });
  tell({ url: server.url });
  process.stdin.on("end", () => void server.close().then(() => process.exit(0))).resume();
} catch (error) {
  tell({ error: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
