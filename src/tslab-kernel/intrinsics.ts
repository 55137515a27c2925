/**
 * What the kernel takes from the realm, as it was before a cell could put something else in its place: fake timers, a patched console, a JSON that
 * throws. Modules of the main thread that need these after a cell has run import them from here.
 */
export const Buffer: typeof globalThis.Buffer = globalThis.Buffer;
export const Map: typeof globalThis.Map = globalThis.Map;
export const Promise: typeof globalThis.Promise = globalThis.Promise;
export const clearTimeout: typeof globalThis.clearTimeout = globalThis.clearTimeout;
export const setImmediate: typeof globalThis.setImmediate = globalThis.setImmediate;
export const setTimeout: typeof globalThis.setTimeout = globalThis.setTimeout;
export const parse: typeof JSON.parse = JSON.parse;
export const stringify: typeof JSON.stringify = JSON.stringify;
export const now: () => number = performance.now.bind(performance);
