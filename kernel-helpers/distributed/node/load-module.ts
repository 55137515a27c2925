/** The function that a user's module exports. */
import { register } from "node:module";
import { pathToFileURL } from "node:url";
import { ArgumentError } from "../../errors.ts";

/** What a task's default export looks like, by what it is for. */
export const taskExamples = {
  sweep: "async function* (config) { yield { loss } }",
  trainDataParallel: "() => ({ model, … })",
} as const;

/**
 * A module may lie anywhere: the library is found from here if it is not found from there.
 *
 * @param purpose What it is the task of.
 * @throws {ArgumentError} It has no function as its default export.
 */
export async function loadFunction<F>(file: string, purpose: keyof typeof taskExamples): Promise<F> {
  const hooks = `export async function resolve(specifier, context, next) {
    try { return await next(specifier, context); }
    catch (error) { if (/^\\w/.test(specifier)) return next(specifier, { ...context, parentURL: ${JSON.stringify(import.meta.url)} }); throw error; }
  }`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`);
  const { default: found } = (await import(pathToFileURL(file).href)) as { default?: unknown };
  if (typeof found === "function") return found as F;
  throw new ArgumentError(`${file} has no function as its default export`, { hint: `export default ${taskExamples[purpose]}` });
}
