/**
 * What the course's notebooks note about their kernel is what the kernel says of itself: JupyterLab writes that into a notebook when it opens it,
 * and marks it as changed when it was something else. After an update of TypeScript: npx vitest run --project kernel test/kernel/course-notebooks.test.ts -u
 */
import { readdirSync } from "node:fs";
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { builtInKernelspec, startKernel, type RunningKernel } from "../../src/dist/kernel/index.js";
import { formatNotebook, readNotebook } from "../../src/nbformat/index.ts";
import { tslabKernelspec } from "../../src/tslab-kernel/index.ts";

let kernel: RunningKernel;
beforeAll(async () => {
  kernel = await startKernel(builtInKernelspec(), { cwd: process.cwd() });
});
afterAll(() => kernel.close());

test.each(readdirSync("notebooks").filter((file) => file.endsWith(".ipynb")))("%s", async (file) => {
  const notebook = await readNotebook(`notebooks/${file}`);
  const { display_name, language } = tslabKernelspec();
  notebook.metadata.kernelspec = { display_name, language, name: "tslab" };
  const { language_info } = await kernel.connection.info;
  notebook.metadata.language_info = { ...language_info };
  await expect(formatNotebook(notebook)).toMatchFileSnapshot(resolve("notebooks", file));
});
