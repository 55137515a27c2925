/** The kernelspec of Cairn's TypeScript kernel; nothing heavy is loaded by asking for it. The kernel itself is main.ts, see README.md. */
export { kernelFiles, kernelMain, tslabKernelspec, writeKernelspec, type Kernelspec } from "./kernelspec.ts";
