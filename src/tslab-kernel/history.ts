/** The inputs of this kernel, for history_request. */
import { Map } from "./intrinsics.ts";
import { textOf } from "./wire.ts";

type Entry = [session: number, line: number, input: string];

/** IPython's counting: the running session is 0 to the one who asks. */
const session = 0;

export class History {
  readonly #entries: Entry[] = [];

  add(line: number, input: string): void {
    this.#entries.push([session, line, input]);
  }

  find(request: Record<string, unknown>): unknown[] {
    const withOutput = request["output"] === true;
    return this.#select(request).map(([of, line, input]) => [of, line, withOutput ? [input, null] : input]);
  }

  #select(request: Record<string, unknown>): Entry[] {
    const newest = typeof request["n"] === "number" && request["n"] > 0 ? request["n"] : Infinity;
    const tail = (entries: Entry[]): Entry[] => entries.slice(Math.max(0, entries.length - newest));
    switch (request["hist_access_type"]) {
      case "tail":
        return tail(this.#entries);
      case "range": {
        const { start = 0, stop = null } = request as { start?: number; stop?: number | null };
        return this.#entries.filter(([, line]) => line >= start && (stop === null || line < stop));
      }
      case "search": {
        const pattern = glob(textOf(request, "pattern"));
        const found = this.#entries.filter(([, , input]) => pattern.test(input));
        return tail(request["unique"] === true ? lastOfEach(found) : found);
      }
      default:
        return [];
    }
  }
}

/** The pattern's `*` and `?`, as in a shell. */
function glob(pattern: string): RegExp {
  const escaped = pattern.replace(/[\\^$.|+(){}[\]]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replace(/\*/g, ".*").replace(/\?/g, ".")}$`, "s");
}

const lastOfEach = (entries: Entry[]): Entry[] => [...new Map(entries.map((entry) => [entry[2], entry])).values()];
