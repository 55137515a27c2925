/** What cells get by `import … from "tslab"`: tslab's own interface, shown by this kernel. The package itself would bring a compiler along. */
import { randomBytes } from "node:crypto";
import type * as tslab from "tslab";
import { versionOf } from "./version-of.ts";

interface Bridge {
  display(bundle: Record<string, unknown>, options: { displayId?: string; update?: boolean }): void;
}

class Display implements tslab.Display {
  readonly #id: string | undefined;
  #update = false;

  constructor(id?: string) {
    this.#id = id;
  }

  javascript(text: string): void {
    this.raw("text/javascript", text);
  }
  html(text: string): void {
    this.raw("text/html", text);
  }
  markdown(text: string): void {
    this.raw("text/markdown", text);
  }
  latex(text: string): void {
    this.raw("text/latex", text);
  }
  svg(text: string): void {
    this.raw("image/svg+xml", text);
  }
  png(bytes: Uint8Array): void {
    this.raw("image/png", bytes);
  }
  jpeg(bytes: Uint8Array): void {
    this.raw("image/jpeg", bytes);
  }
  gif(bytes: Uint8Array): void {
    this.raw("image/gif", bytes);
  }
  pdf(bytes: Uint8Array): void {
    this.raw("application/pdf", bytes);
  }
  text(text: string): void {
    this.raw("text/plain", text);
  }

  raw(contentType: string, data: string | Uint8Array): void {
    const { __cairn__: bridge } = globalThis as unknown as { __cairn__: Bridge };
    bridge.display({ [contentType]: data }, this.#id === undefined ? {} : { displayId: this.#id, update: this.#update });
    this.#update = true;
  }
}

export const display: tslab.Display = new Display();

/** A display that shows one thing and then replaces it. */
export const newDisplay = (): tslab.Display => new Display(randomBytes(8).toString("hex"));

export const versions: typeof tslab.versions = {
  tslab: versionOf("tslab"),
  typescript: versionOf("cell-typescript"),
  node: process.version,
};
