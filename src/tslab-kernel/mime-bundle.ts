/** A value as Jupyter shows it: a MIME bundle, valid whatever the value makes of itself. */
import { types } from "node:util";
import { bold } from "./colours.ts";
import { readable } from "./compiler/homes.ts";
import { Buffer, clearTimeout, Promise, setTimeout, stringify } from "./intrinsics.ts";
import { safeInspect } from "./safe-inspect.ts";

export type MimeBundle = Record<string, unknown>;

const displaySymbol = Symbol.for("Jupyter.display");
const metadataSymbol = Symbol.for("Jupyter.displayMetadata");
/** How long a value may take to show itself. */
const patienceMs = 5000;

export interface Shown {
  data: MimeBundle;
  metadata: Record<string, unknown>;
}

/** What the value says of itself, else as Node shows it. */
export async function shownValue(value: unknown): Promise<Shown> {
  const own = await saidOf(value, displaySymbol);
  if (own) {
    const data = sendable(own);
    const metadata = sendableMetadata(await saidOf(value, metadataSymbol));
    return { data: "text/plain" in data ? data : { ...data, "text/plain": safeInspect(value) }, metadata };
  }
  const text = readable(safeInspect(value));
  // Nobody forgets `await` on purpose.
  const isPending = types.isPromise(value) && /^Promise \{\s*<pending>/.test(text);
  return { data: { "text/plain": isPending ? `${text}\n  ${bold("hint")}: put await before it to get its value` : text }, metadata: {} };
}

/** What a value says of itself under a symbol: an object, or a function that gives one, at once or soon. */
async function saidOf(value: unknown, symbol: symbol): Promise<MimeBundle | undefined> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || types.isProxy(value)) return undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    const own = (value as Record<symbol, unknown>)[symbol];
    const said: unknown = typeof own === "function" ? own.call(value) : own;
    if (!types.isPromise(said)) return isBundle(said) ? said : undefined;
    const tooLate = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, patienceMs, undefined)));
    const awaited: unknown = await Promise.race([said, tooLate]);
    return isBundle(awaited) ? awaited : undefined;
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

const isBundle = (value: unknown): value is MimeBundle => typeof value === "object" && value !== null && !types.isProxy(value);

const isJson = (type: string): boolean => /^application\/(.*\+)?json$/.test(type);

/** A bundle that the protocol and the notebook format take: text where text is due, JSON where JSON is, and nothing that is neither. */
export function sendable(bundle: unknown): MimeBundle {
  if (!isBundle(bundle)) return { "text/plain": safeInspect(bundle) };
  const entries = Object.entries(bundle).flatMap(([type, data]): [string, unknown][] => {
    if (data === undefined || data === null) return [];
    if (isJson(type)) return isSerialisable(data) ? [[type, data]] : [];
    if (data instanceof Uint8Array) return [[type, Buffer.from(data).toString("base64")]];
    return [[type, typeof data === "string" ? data : Array.isArray(data) ? data.join("") : safeInspect(data)]];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : { "text/plain": safeInspect(bundle) };
}

export const sendableMetadata = (metadata: unknown): Record<string, unknown> =>
  isBundle(metadata) && isSerialisable(metadata) ? metadata : {};

function isSerialisable(data: unknown): boolean {
  try {
    return stringify(data) !== undefined;
  } catch {
    return false; // a cycle, a bigint
  }
}
