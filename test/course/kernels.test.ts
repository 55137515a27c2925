/** Which kernel a notebook gets: by the options, by the name in it, by its language. */
import { expect, test } from "vitest";
import { CourseKernels, type CourseKernelsOptions } from "../../src/course/kernels.ts";
import { InputError } from "../../src/errors.ts";
import { parseNotebook } from "../../src/nbformat/index.ts";
import { notebookText } from "./folder.ts";

const open = async (metadata: object, options: CourseKernelsOptions = {}): Promise<[CourseKernels, ReturnType<typeof parseNotebook>]> => [
  await CourseKernels.open(options),
  parseNotebook(JSON.stringify({ ...JSON.parse(notebookText(["1"])), metadata }), "n.ipynb"),
];

test.each([
  [{}, true],
  [{ kernelspec: null }, true],
  [{ kernelspec: {} }, true],
  [{ kernelspec: { display_name: "TypeScript" } }, true],
  [{ kernelspec: { name: "" }, language_info: { name: "TypeScript" } }, true],
  [{ kernelspec: { name: "tslab" } }, true],
  [{ kernelspec: { language: "javascript" } }, true],
  [{ kernelspec: { name: "jslab", language: "javascript" } }, false],
  [{ kernelspec: { name: "deno" } }, false],
  [{ kernelspec: { display_name: "R" }, language_info: { name: "R" } }, false],
])("%j gets the built-in kernel: %s; with --kernel tslab always", async (metadata, isBuiltIn) => {
  const [kernels, notebook] = await open(metadata);
  expect(kernels.isBuiltIn(notebook)).toBe(isBuiltIn);
  const [chosen, same] = await open(metadata, { kernel: "tslab" });
  expect(chosen.isBuiltIn(same)).toBe(true);
  await Promise.all([kernels.close(), chosen.close()]);
});

test.each([
  [
    { kernelspec: { name: "jslab-nowhere" } },
    /^there is no kernel "jslab-nowhere" \(found: tslab.*\)\n {2}hint: --kernel NAME takes one of these/,
  ],
  [{ language_info: { name: "COBOL" } }, /^the notebook is in cobol and names no kernel \(found: tslab.*\)\n {2}hint: --kernel NAME/],
])("%j without such a kernel: the error lists what there is, and names --kernel", async (metadata, message) => {
  const [kernels, notebook] = await open(metadata);
  const error: unknown = await kernels.for(notebook).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(InputError);
  expect((error as Error).message).toMatch(message);
});
