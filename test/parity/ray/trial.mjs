/** A trial of the tests. */
import { writeFileSync } from "node:fs";

export default async function* trial({ width, rate, marker }) {
  for (let step = 1; ; step++) {
    if (step === 2 && width === 9) throw new Error("no such width");
    if (step === 2 && width === 2 && isFirst(marker)) process.kill(process.pid, "SIGKILL");
    if (step === 2 && width === 1) return;
    yield { loss: width + rate + 1 / step, step };
  }
}

function isFirst(marker) {
  try {
    writeFileSync(marker, "", { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}
