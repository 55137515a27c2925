/**
 * `node gpu-cli.js`: the GPU of this machine, for `cairn gpu`.
 *   (nothing)       fetches what a CUDA device needs where there is one, tries it, and says in one line what it can do
 *   --fetch-only    fetches it, also without a GPU: for the image of a container
 *   remove          takes it away again
 * Exit code: 0, 1 where there is no GPU or it does not compute, 2 for an unknown word, 130 when interrupted.
 */
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { HelperError, InterruptedError } from "../errors.ts";
import { missingBytes } from "../models/index.ts";
import { autoDevices, cudaObstacle, nvidiaDriver, nvidiaGpus, type Device } from "../onnx/index.ts";
import { readableBytes } from "../runtime/progress.ts";
import { fetchCuda, missingCuda, removeCuda } from "./cuda.ts";
import type { DeviceFindings } from "./examine.ts";
import { cudaEntries } from "./wheels.ts";

async function setUp(): Promise<void> {
  const obstacle = cudaObstacle();
  if (obstacle === undefined) {
    await fetchAll();
    return report("cuda", `${listOfGpus()}, driver ${nvidiaDriver()}`);
  }
  console.log(`cuda: ${obstacle}`);
  if (autoDevices().includes("webgpu")) return report("webgpu", "this machine's GPU");
  process.exitCode = 1;
}

/** "2 × NVIDIA H100 80GB HBM3". */
function listOfGpus(): string {
  const names = nvidiaGpus();
  const kinds = [...new Set(names)].map((name) => {
    const count = names.filter((other) => other === name).length;
    return count === 1 ? name : `${count} × ${name}`;
  });
  return kinds.join(", ") || "an NVIDIA GPU";
}

async function fetchAll(): Promise<void> {
  if ((await missingCuda()) > 0) {
    const total = await missingCuda();
    console.error(`fetches ${readableBytes(total)}, which take ${readableBytes(unpackedBytes())} unpacked:`);
    for (const entry of cudaEntries) {
      const bytes = await missingBytes(entry);
      if (bytes > 0) console.error(`  ${entry.name.padEnd(20)} ${readableBytes(bytes).padStart(8)}  ${entry.licence}, ${entry.homepage}`);
    }
    console.error("NVIDIA's libraries come under its licences, whose texts will lie beside them; using them means accepting these.");
  }
  console.error(`the libraries are in ${await fetchCuda()}`);
}

const unpackedBytes = (): number => cudaEntries.flatMap(({ files }) => files).reduce((sum, { bytes }) => sum + bytes, 0);

/** One line. */
async function report(device: Device, name: string): Promise<void> {
  const program = fileURLToPath(new URL(import.meta.url.endsWith(".ts") ? "examine-cli.ts" : "examine-cli.js", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...process.execArgv, program, device]).catch(
    ({ signal, code }: { signal?: string; code?: number }) => ({
      stdout: JSON.stringify({ reason: `the process that computed on it was ended by ${signal ?? `exit code ${code}`}` }),
    }),
  );
  const found = JSON.parse(stdout.trim().split("\n").at(-1)!) as Partial<DeviceFindings> & { reason?: string; hint?: string };
  if (found.isRight) {
    const speed = found.teraflops! < 10 ? found.teraflops!.toFixed(2) : Math.round(found.teraflops!);
    console.log(`${device}: ${name}: ${speed} TFLOP/s in float32 products, training steps as on the CPU`);
    return;
  }
  process.exitCode = 1;
  if (found.reason === undefined) {
    console.log(`${device}: ${name}: it computes wrongly: losses are ${(found.lossDifference! * 100).toFixed(1)} % off; update the driver`);
  } else console.log([`${device}: ${name}: ${found.reason}`, ...(found.hint === undefined ? [] : [`  hint: ${found.hint}`])].join("\n"));
}

async function remove(): Promise<void> {
  const bytes = await removeCuda();
  console.log(bytes === 0 ? "nothing of it was in the cache" : `${readableBytes(bytes)} removed`);
}

const actions: Readonly<Record<string, () => Promise<void>>> = { "": setUp, "--fetch-only": fetchAll, remove };
const action = actions[process.argv[2] ?? ""];
if (!action) {
  console.error(`there is no "cairn gpu ${process.argv[2]}"\n  hint: cairn gpu, cairn gpu --fetch-only, cairn gpu remove`);
  process.exit(2);
}
try {
  await action();
} catch (error) {
  if (!HelperError.is(error)) throw error;
  console.error(error.message);
  process.exit(error instanceof InterruptedError ? 130 : 1);
}
