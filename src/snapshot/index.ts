export { examineOutputs, type Examined } from "./examine.ts";
export type { TestOptions } from "./settings.ts";
