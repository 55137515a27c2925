import { writeFileSync } from "node:fs";

/** Whether nobody has asked with this marker before, in whatever process: a file that is made only once. */
export function isFirst(marker: string): boolean {
  try {
    writeFileSync(marker, "", { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}
