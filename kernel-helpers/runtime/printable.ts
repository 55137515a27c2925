/**
 * Objects that show themselves: as the last expression of a cell through `Symbol.for("Jupyter.display")`, the protocol Cairn's kernel and
 * Deno share, and in a terminal or a stock tslab kernel as their plain text.
 */
import { inspect } from "node:util";
import { argumentError } from "./check.ts";
import { display, type DisplayOptions, type MimeBundle } from "./display.ts";

export const jupyterDisplay: unique symbol = Symbol.for("Jupyter.display") as never;

/** What Cairn's kernel takes beside the bundle, as Jupyter's metadata of an output: MIME type → settings. */
export const jupyterMetadata: unique symbol = Symbol.for("Jupyter.displayMetadata") as never;

export interface Displayable {
  [jupyterDisplay]: () => MimeBundle;
  [jupyterMetadata]?: () => Record<string, unknown>;
}

/** Adds the methods to an object, out of sight of JSON and of Object.keys. The bundle is made when it is asked for. */
export function displayable<T extends object>(value: T, bundle: () => MimeBundle, metadata: Record<string, unknown> = {}): T & Displayable {
  return Object.defineProperties(value, {
    [jupyterDisplay]: { value: bundle },
    [jupyterMetadata]: { value: () => metadata },
    [inspect.custom]: { value: () => bundle()["text/plain"] },
  }) as T & Displayable;
}

/**
 * Shows a displayable in the running cell now, wherever in the cell it stands.
 *
 * @throws {ArgumentError} It is not something that shows itself.
 */
export function show(value: Displayable, options: DisplayOptions = {}): void {
  if (typeof (value as Partial<Displayable> | null | undefined)?.[jupyterDisplay] !== "function") {
    const hint = value instanceof Promise ? "await it first" : "pass a figure, a table, html`…`, md`…` or json(value)";
    throw argumentError("value", "something that shows itself", value, { hint });
  }
  const metadata = value[jupyterMetadata]?.();
  display(value[jupyterDisplay](), metadata === undefined ? options : { metadata, ...options });
}

const entities: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text made safe for HTML content and for quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character]!);
}
