/** `cairn gpu`: makes this machine's GPU compute, in a process of the library's. */
import { parseArgs } from "node:util";
import { InputError } from "../errors.ts";
import { runLibrary } from "./library.ts";

export const summary = "make this machine's GPU compute";

export const help: string = `Usage: cairn gpu [--fetch-only]
       cairn gpu remove

On Linux with a GPU of NVIDIA: fetches what device: 'cuda' needs into the cache (1.3 GB, 2.1 GB unpacked: ONNX Runtime's CUDA provider, which is MIT, and
NVIDIA's libraries, which come under its own licences), tries it with a matrix product and training steps, and says in one line what the machine can do.
No CUDA installation is needed, only a driver of 580 or newer and a GPU of the Turing generation (2018) or newer. Broken off, the next call goes on
where it stopped. Notebooks, cairn run, cairn lab, cairn serve and scripts of your own find it without any setting.

Elsewhere the GPU computes through device: 'webgpu', which needs nothing more than its driver: cairn gpu tries it.

  --fetch-only   only fetches, also where there is no GPU: for the image of a container
  remove         takes it out of the cache

CAIRN_CUDA=FOLDER[:FOLDER…] has the libraries looked for elsewhere, such as those of a PyTorch installation. docs/gpu.md says more.

Exit code: 0, 1 where there is no GPU, or it does not compute, or something cannot be fetched, 2 wrong usage, 130 interrupted.`;

export function run(argv: string[]): Promise<number> {
  const { positionals, values } = parseArgs({ args: argv, allowPositionals: true, options: { "fetch-only": { type: "boolean" } } });
  const isKnown = positionals.length === 0 || (positionals.length === 1 && positionals[0] === "remove" && !values["fetch-only"]);
  if (!isKnown)
    throw new InputError(`there is no "cairn gpu ${argv.join(" ")}"`, { hint: "cairn gpu, cairn gpu --fetch-only, cairn gpu remove" });
  return runLibrary("gpu", "gpu-cli.js", argv);
}
