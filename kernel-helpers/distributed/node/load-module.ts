/** The function that a user's module exports. */
import { register } from "node:module";
import { pathToFileURL } from "node:url";
import { ArgumentError } from "../../errors.ts";

/**
 * A module may lie anywhere: the library is found from here if it is not found from there.
 *
 * @param example What its default export looks like.
 * @throws {ArgumentError} It has no function as its default export.
 */
export async function loadFunction<F>(file: string, example: string): Promise<F> {
  const hooks = `export async function resolve(specifier, context, next) {
    try { return await next(specifier, context); }
    catch (error) { if (/^\\w/.test(specifier)) return next(specifier, { ...context, parentURL: ${JSON.stringify(import.meta.url)} }); throw error; }
  }`;
  register(`data:text/javascript,${encodeURIComponent(hooks)}`);
  const { default: found } = (await import(pathToFileURL(file).href)) as { default?: unknown };
  if (typeof found === "function") return found as F;
  throw new ArgumentError(`${file} has no function as its default export`, { hint: `export default ${example}` });
}
