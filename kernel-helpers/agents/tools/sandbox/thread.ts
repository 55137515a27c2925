/** The thread of one piece of code: QuickJS in WebAssembly, given nothing but print(). The thread that started it ends it when its time is over. */
import { parentPort, workerData } from "node:worker_threads";
import variant from "@jitl/quickjs-wasmfile-release-sync";
import {
  newQuickJSWASMModuleFromVariant,
  shouldInterruptAfterDeadline,
  type QuickJSContext,
  type QuickJSHandle,
} from "quickjs-emscripten-core";
import type { CodeOutcome, CodeTask } from "./sandbox.ts";

const maxStackBytes = 256 * 1024;
/** How often promises and what awaits them are continued. */
const maxJobs = 100_000;

async function run({ code, memoryBytes, seconds, maxOutput }: CodeTask): Promise<CodeOutcome> {
  const quickJs = await newQuickJSWASMModuleFromVariant(variant as never);
  const runtime = quickJs.newRuntime();
  runtime.setMemoryLimit(memoryBytes);
  runtime.setMaxStackSize(maxStackBytes);
  const deadline = Date.now() + seconds * 1000;
  runtime.setInterruptHandler(shouldInterruptAfterDeadline(deadline));
  const vm = runtime.newContext();
  let output = "";
  vm.newFunction("print", (...values) => {
    if (output.length < maxOutput) output += `${values.map((value) => asText(vm, value)).join(" ")}\n`.slice(0, maxOutput - output.length);
  }).consume((print) => vm.setProp(vm.global, "print", print));

  const failed = (handle: QuickJSHandle): CodeOutcome => {
    const dumped: unknown = vm.dump(handle);
    const { name = "Error", message = String(dumped) } = (typeof dumped === "object" && dumped !== null ? dumped : {}) as {
      name?: string;
      message?: string;
    };
    const isLate = message === "interrupted" && Date.now() >= deadline;
    return {
      output,
      value: undefined,
      error: isLate ? "timeout" : /out of memory/.test(message) ? "memory" : "thrown",
      message: `${name}: ${message}`.slice(0, 1000),
    };
  };
  const result = vm.evalCode(code, "code.js");
  if (result.error) return failed(result.error);
  const jobs = runtime.executePendingJobs(maxJobs);
  if (jobs.error) return failed(jobs.error);
  const state = vm.getPromiseState(result.value);
  if (state.type === "rejected") return failed(state.error);
  if (state.type === "pending")
    return { output, value: undefined, error: "thrown", message: "Error: the code waits for a promise that nothing settles" };
  return { output, value: asText(vm, state.value).slice(0, maxOutput), error: undefined, message: undefined };
}

/** As JSON where it is data, and as text otherwise. */
function asText(vm: QuickJSContext, handle: QuickJSHandle): string {
  if (vm.typeof(handle) === "string") return vm.getString(handle);
  if (vm.typeof(handle) === "undefined") return "undefined";
  const dumped: unknown = vm.dump(handle);
  return typeof dumped === "object" && dumped !== null ? JSON.stringify(dumped) : String(dumped);
}

parentPort!.postMessage(await run(workerData as CodeTask));
