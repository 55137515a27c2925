import type { Check } from "./check.ts";
import { chromium, jupyterLab, python } from "./jupyter.ts";
import { kernel } from "./kernel.ts";
import { kernelspec } from "./kernelspec.ts";
import { device, models } from "./library.ts";
import { cache, memory, nodeVersion } from "./machine.ts";

/** Looks at everything, one after the other so that times mean something, and tells each as soon as it is known. */
export async function* examine(cacheFolder: string): AsyncGenerator<Check> {
  yield nodeVersion();
  yield memory();
  yield kernel();
  yield device("cpu");
  yield device("webgpu");
  yield device("cuda");
  yield cache(cacheFolder);
  yield models();
  yield python();
  yield jupyterLab(cacheFolder);
  yield kernelspec();
  yield chromium();
}
