export type * from "./running.ts";
