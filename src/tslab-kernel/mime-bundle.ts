/** A value as Jupyter shows it: a MIME bundle, valid whatever the value makes of itself. */
import { types } from "node:util";
import { bold } from "./colours.ts";
import { Buffer, clearTimeout, parse, Promise, setTimeout, stringify } from "./intrinsics.ts";
import { chartBundle } from "./chart.ts";
import { frameBundle } from "./data-frame.ts";
import { pictureBundle } from "./picture.ts";
import { rowsBundle } from "./rows.ts";
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

/** Runs what may call the reader's code; returns nothing when that was ended. */
export type Guard = <T>(work: () => T) => T | undefined;

/** What the value says of itself, else as Node shows it; nothing when that was ended. */
export async function shownValue(value: unknown, guard: Guard): Promise<Shown | undefined> {
  const own = await settled(guard(() => ({ said: saidOf(value, displaySymbol) })));
  const about = own && (await settled(guard(() => ({ said: saidOf(value, metadataSymbol) }))));
  return (
    about && guard(() => (own.said ? { data: withText(sendable(own.said), value), metadata: sendableMetadata(about.said) } : asText(value)))
  );
}

const withText = (data: MimeBundle, value: unknown): MimeBundle =>
  "text/plain" in data ? data : { ...data, "text/plain": safeInspect(value) };

function asText(value: unknown): Shown {
  const text = safeInspect(value);
  // A forgotten `await` is never on purpose.
  const isPending = types.isPromise(value) && /^Promise \{\s*<pending>/.test(text);
  return { data: { "text/plain": isPending ? `${text}\n  ${bold("hint")}: put await before it to get its value` : text }, metadata: {} };
}

/** Values that do not show themselves, though everybody knows how they look. They are asked, and may be anything: for within a guard. */
const knownBundle = (value: object): MimeBundle | undefined =>
  pictureBundle(value) ?? chartBundle(value) ?? frameBundle(value) ?? rowsBundle(value);

/** What a value says of itself under a symbol: an object, or a function that returns one or a promise of one. */
function saidOf(value: unknown, symbol: symbol): unknown {
  if ((typeof value !== "object" && typeof value !== "function") || value === null || types.isProxy(value)) return undefined;
  try {
    const own = (value as Record<symbol, unknown>)[symbol];
    if (own === undefined && symbol === displaySymbol) return knownBundle(value);
    return typeof own === "function" ? own.call(value) : own;
  } catch {
    return undefined;
  }
}

/** Waits for what was said, though not for ever. */
async function settled(own: { said: unknown } | undefined): Promise<{ said: MimeBundle | undefined } | undefined> {
  if (!own) return undefined;
  if (!types.isPromise(own.said)) return { said: isBundle(own.said) ? own.said : undefined };
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<undefined>((resolve) => (timer = setTimeout(resolve, patienceMs, undefined)));
  try {
    const said: unknown = await Promise.race([own.said, tooLate]);
    return { said: isBundle(said) ? said : undefined };
  } catch {
    return { said: undefined };
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
    if (isJson(type)) return asJson(data).map((plain) => [type, plain]);
    if (data instanceof Uint8Array) return [[type, Buffer.from(data).toString("base64")]];
    return [[type, typeof data === "string" ? data : Array.isArray(data) ? data.join("") : safeInspect(data)]];
  });
  return entries.length > 0 ? Object.fromEntries(entries) : { "text/plain": safeInspect(bundle) };
}

export const sendableMetadata = (metadata: unknown): Record<string, unknown> =>
  isBundle(metadata) ? ((asJson(metadata)[0] as Record<string, unknown> | undefined) ?? {}) : {};

/** The data as JSON has it, so that nothing of the reader's is called when it is sent; empty for what JSON cannot have. */
function asJson(data: unknown): unknown[] {
  try {
    const text = stringify(data) as string | undefined;
    return text === undefined ? [] : [parse(text)];
  } catch {
    return []; // a cycle, a bigint
  }
}
