/** The library's part: models and data, execution providers. It is asked in processes of its own, since the runtime does not import it. */
import { libraryProgram } from "../runtime/library-program.ts";
import { type Check, failed, readableSize, withFix } from "./check.ts";
import { ask } from "./program.ts";

interface EntryStatus {
  name: string;
  missingBytes: number;
}

export async function models(): Promise<Check> {
  const name = "models, data";
  try {
    const entries = JSON.parse(await ask(process.execPath, [libraryProgram("models", "models-cli.js"), "status"])) as EntryStatus[];
    const missing = entries.filter(({ missingBytes }) => missingBytes > 0);
    const there = `${entries.length - missing.length} of ${entries.length} are in the cache`;
    const sizes = missing.map((entry) => `${entry.name} (${readableSize(entry.missingBytes)})`).join(", ");
    return { name, state: "works", found: missing.length === 0 ? there : `${there}; fetched when they are needed: ${sizes}` };
  } catch (error) {
    return withFix(failed(name, "broken", error), "npm ci reinstalls the library");
  }
}

/** What the reader knows already, and ONNX Runtime's own source lines. */
const noise = /^device \w+ is not available: (\S+\.(cc|h):\d+ .* was false\. )?/;

/** Really computes on it. Only the CPU is needed. */
export async function device(name: "cpu" | "webgpu" | "cuda"): Promise<Check> {
  const state = name === "cpu" ? "broken" : "missing";
  try {
    const { reason, fix } = JSON.parse(await ask(process.execPath, [libraryProgram("onnx", "probe-cli.js"), name])) as {
      reason?: string;
      fix?: string;
    };
    if (reason === undefined) return { name, state: "works", found: "ONNX Runtime computes on it" };
    return { name, state, found: reason.replace(noise, ""), fix };
  } catch (error) {
    const fix = name === "cpu" ? "npm ci reinstalls onnxruntime-node" : "update the driver, or use device: 'cpu'";
    return withFix(failed(name, state, error), fix);
  }
}
