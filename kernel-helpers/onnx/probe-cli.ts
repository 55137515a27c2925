/**
 * `node probe-cli.js DEVICE`: multiplies two matrices on a device and says how that went, as one line of JSON for `cairn doctor`. A process of
 * its own, because a broken driver can take it down.
 */
import { HelperError } from "../errors.ts";
import { checkChoice } from "../runtime/check.ts";
import { devices } from "./devices.ts";
import { multiply } from "./probe.ts";

try {
  const isRight = multiply(checkChoice("device", process.argv[2], devices));
  console.log(JSON.stringify(isRight ? {} : { reason: "it multiplies wrongly", fix: "update the driver, or use device: 'cpu'" }));
} catch (error) {
  const [reason, hint] = (error as Error).message.split("\n  hint: ");
  console.log(JSON.stringify({ reason, fix: HelperError.is(error) ? hint : undefined }));
}
