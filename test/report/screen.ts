/** A stream that remembers, and what would stand on a terminal's screen after it: enough of a terminal for what log-update writes. */
import { Writable } from "node:stream";

export class Terminal {
  written = "";
  readonly stream: NodeJS.WriteStream;

  constructor({ isTTY }: { isTTY: boolean }) {
    const stream = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.written += chunk.toString();
        done();
      },
    });
    this.stream = Object.assign(stream, { isTTY, columns: 120, rows: 40 }) as unknown as NodeJS.WriteStream;
  }

  /** Lines on the screen, without colours. */
  lines(): string[] {
    const screen: string[] = [""];
    let row = 0;
    let column = 0;
    // oxlint-disable-next-line no-control-regex -- a terminal's language
    for (const [token, parameter, command] of this.written.matchAll(/\u001b\[\??([\d;]*)([A-Za-z])|\n|\r|[^\u001b\n\r]+/g)) {
      const amount = Number(parameter === "" ? 1 : parameter);
      if (token === "\n") {
        row++;
        column = 0;
        screen[row] ??= "";
      } else if (token === "\r") column = 0;
      else if (command === "A") row = Math.max(0, row - amount);
      else if (command === "B") row += amount;
      else if (command === "G") column = amount - 1;
      else if (command === "K") screen[row] = parameter === "2" ? "" : screen[row]!.slice(0, column);
      else if (command === "J") {
        screen[row] = screen[row]!.slice(0, column);
        screen.length = row + 1;
      } else if (command === undefined) {
        screen[row] = screen[row]!.padEnd(column).slice(0, column) + token + screen[row]!.slice(column + token.length);
        column += token.length;
      }
    }
    return screen.map((line) => line.trimEnd()).filter((line, index, all) => line !== "" || index < all.length - 1);
  }
}
