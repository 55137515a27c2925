/** `node examine-cli.js DEVICE`: what it can do, as one line of JSON, for `cairn gpu`. A process of its own, because a broken driver can take it down. */
import { HelperError } from "../errors.ts";
import type { Device } from "../onnx/index.ts";
import { examineDevice } from "./examine.ts";

try {
  console.log(JSON.stringify(await examineDevice(process.argv[2] as Device)));
} catch (error) {
  const { summary, hint } = HelperError.is(error) ? error : { summary: (error as Error).message, hint: undefined };
  console.log(JSON.stringify({ reason: summary, hint }));
}
