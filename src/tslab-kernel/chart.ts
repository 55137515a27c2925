/** Charts of Vega-Lite and Vega: a specification that names its schema, or an object of vega-lite-api, which can write one. */
import type { MimeBundle } from "./mime-bundle.ts";
import { safeInspect } from "./safe-inspect.ts";

interface Specification {
  $schema?: unknown;
  title?: unknown;
  mark?: unknown;
  encoding?: unknown;
  data?: unknown;
}

const schema = /^https?:\/\/vega\.github\.io\/schema\/(vega-lite|vega)\/v(\d+)/;

function specificationOf(value: object): Specification | undefined {
  if ("$schema" in value) return value;
  if (!("toSpec" in value) || typeof value.toSpec !== "function") return undefined;
  const written: unknown = value.toSpec();
  return typeof written === "object" && written !== null ? written : undefined;
}

/** What stands where no chart is drawn: what it shows, by which fields, and the numbers that it carries. */
function textOf(name: string, { title, mark, encoding, data }: Specification): string {
  const nameOf = (part: unknown): string =>
    typeof part === "string" ? part : typeof part === "object" && part !== null && "type" in part ? String(part.type) : "";
  const titleText = typeof title === "object" && title !== null && "text" in title ? title.text : title;
  const fields = Object.entries(typeof encoding === "object" && encoding !== null ? encoding : {}).flatMap(([channel, definition]) => {
    const { field, aggregate } = (typeof definition === "object" && definition !== null ? definition : {}) as Record<string, unknown>;
    const what = [aggregate, field].filter((part) => typeof part === "string").join(" of ");
    return what === "" ? [] : [`${channel}: ${what}`];
  });
  const head = [`${name} chart${typeof titleText === "string" ? ` “${titleText}”` : ""}`, nameOf(mark), ...fields]
    .filter(Boolean)
    .join(", ");
  const values = typeof data === "object" && data !== null && "values" in data ? data.values : undefined;
  return Array.isArray(values) ? `${head}\n${safeInspect(values, { maxArrayLength: 20 })}` : head;
}

/** The chart that a value specifies; nothing for any other value. JupyterLab draws version 5 of both, which reads what newer ones write. */
export function chartBundle(value: object): MimeBundle | undefined {
  const specification = specificationOf(value);
  const address = specification?.$schema;
  const [, library, version] = schema.exec(typeof address === "string" ? address : "") ?? [];
  if (specification === undefined || library === undefined) return undefined;
  const isLite = library === "vega-lite";
  const type = `application/vnd.${isLite ? "vegalite" : "vega"}.v${Math.min(5, Number(version))}+json`;
  return { [type]: specification, "text/plain": textOf(isLite ? "Vega-Lite" : "Vega", specification) };
}
