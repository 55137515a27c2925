/** The kernelspec of Cairn's TypeScript kernel, and its compiler as a check; nothing heavy is loaded by asking for them. The kernel itself is main.ts, see README.md. */
export { Checker, type CellFindings, type CheckedCell, type CheckedNotebook, type Finding } from "./checker.ts";
export { kernelFiles, kernelMain, tslabKernelspec, writeKernelspec, type Kernelspec } from "./kernelspec.ts";
