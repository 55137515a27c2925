/** `cairn doctor`: what is there and what works. */
import { parseArgs } from "node:util";
import { cacheFolder } from "../course/index.ts";
import { type Check, examine } from "../doctor/index.ts";

export const summary = "tell what is there, what works, and how to get what is missing";

export const help: string = `Usage: cairn doctor

Starts a kernel, computes on each device, and looks for everything else that Cairn can use. For whatever is missing it names the fix.
Exit code 0 when the course can be run and exported here, 1 when not.

  ✓ works   – missing, and only some things need it   ✗ broken: the course cannot run`;

const marks: Record<Check["state"], string> = { works: "✓", missing: "–", broken: "✗" };

export async function run(argv: string[]): Promise<number> {
  parseArgs({ args: argv });
  const broken: string[] = [];
  for await (const { name, state, found, fix } of examine(cacheFolder())) {
    console.log(`${marks[state]} ${name.padEnd(12)} ${found}`);
    if (fix !== undefined) console.log(`${" ".repeat(15)}→ ${fix}`);
    if (state === "broken") broken.push(name);
  }
  console.log(
    broken.length === 0 ? "\nThe course can be run here: cairn course" : `\nThe course cannot be run here yet: ${broken.join(", ")}`,
  );
  return broken.length === 0 ? 0 : 1;
}
