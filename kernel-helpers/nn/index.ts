export { type RandomOptions } from "./initial.ts";
export { Linear, type LinearOptions } from "./linear.ts";
export { Module, type ModuleState } from "./module.ts";
