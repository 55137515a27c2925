/**
 * Dot products of one query with many rows, in WebAssembly SIMD: four products an instruction, four rows at a time, so that the processor
 * waits for four of them at once, on rows that lie in the module's own memory, so nothing is copied. Several times what plain JavaScript
 * does, and near what memory can deliver. The module is assembled here: two functions, `scan` over consecutive rows and `gather` over listed ones.
 */

const i32 = 0x7f;
const v128 = 0x7b;

/** Unsigned LEB128, WebAssembly's numbers. */
function leb(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...leb(value >>> 7)];
}

const section = (id: number, content: number[]): number[] => [id, ...leb(content.length), ...content];
const text = (name: string): number[] => [name.length, ...Buffer.from(name)];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const constant = (value: number): number[] => [0x41, ...(value < 64 ? [value] : [(value & 0x7f) | 0x80, value >>> 7])];
const add = 0x6a;
const subtract = 0x6b;
const multiply = 0x6c;
const load = (offset: number): number[] => [0x28, 0x02, offset];
const load128 = (offset: number): number[] => [0xfd, 0x00, 0x04, offset];
const storeFloat = (offset: number): number[] => [0x38, 0x02, offset];
const zero128 = [0xfd, 0x0c, ...Array<number>(16).fill(0)];
const add128 = [0xfd, 0xe4, 0x01];
const multiply128 = [0xfd, 0xe6, 0x01];
const lane = (index: number): number[] => [0xfd, 0x1f, index];
const addFloat = 0x92;

const code = (...parts: readonly (readonly number[])[]): number[] => parts.flat();
const advance = (local: number, by: number): number[] => code(get(local), constant(by), [add], set(local));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

// The locals of both functions: six parameters; where the loop is in the query, where it ends, in up to four rows; four numbers of the
// query; two sums for each row, which the processor overlaps. `at` is the first row's number in scan, the address of a list in gather.
const [query, base, at, count, out, bytes, cursor, stop] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
const row = (index: number): number => 8 + index;
const numbers = 12;
const sum = (index: number, half: number): number => 13 + 2 * index + half;
const rowsAtOnce = 4;

/** Writes the dot products of the next `rows` rows, whose addresses `address` puts on the stack. */
function dots(rows: number, address: (index: number) => number[], step: number): number[] {
  const each = (body: (index: number) => number[]): number[] => upTo(rows).flatMap(body);
  const quarter = (part: number): number[] => {
    const multiplyAdd = (index: number): number[] => {
      const total = sum(index, part % 2);
      return code(get(total), get(row(index)), load128(16 * part), get(numbers), multiply128, add128, set(total));
    };
    return code(get(cursor), load128(16 * part), set(numbers), each(multiplyAdd));
  };
  const writeTotal = (index: number): number[] => {
    const total = code(get(sum(index, 0)), get(sum(index, 1)), add128, set(numbers), get(numbers), lane(0));
    const lanes = [1, 2, 3].flatMap((other) => code(get(numbers), lane(other), [addFloat]));
    return code(get(out), total, lanes, storeFloat(4 * index));
  };
  return code(
    each((index) => code(address(index), set(row(index)), zero128, set(sum(index, 0)), zero128, set(sum(index, 1)))),
    code(get(query), set(cursor), get(query), get(bytes), [add], set(stop)),
    [0x03, 0x40], // loop: 16 numbers a round
    upTo(4).flatMap(quarter),
    advance(cursor, 64),
    each((index) => advance(row(index), 64)),
    code(get(cursor), get(stop), [0x49, 0x0d, 0x00, 0x0b]), // again while cursor < stop
    each(writeTotal),
    advance(out, 4 * rows),
    advance(at, step * rows),
    code(get(count), constant(rows), [subtract], set(count)),
  );
}

/** A function's code: four rows at a time while there are as many, then one at a time. */
function functionBody(address: (index: number) => number[], step: number): number[] {
  const whileLeft = (rows: number): number[] =>
    // block, loop: leaves when count < rows, else repeats
    code([0x02, 0x40, 0x03, 0x40], get(count), constant(rows), [0x48, 0x0d, 0x01], dots(rows, address, step), [0x0c, 0x00, 0x0b, 0x0b]);
  const locals = [2, 2 + rowsAtOnce, i32, 1 + 2 * rowsAtOnce, v128];
  const content = code(locals, whileLeft(rowsAtOnce), whileLeft(1), [0x0b]);
  return [...leb(content.length), ...content];
}

function assemble(): Uint8Array {
  const addressOf = (slot: number[]): number[] => code(get(base), slot, get(bytes), [multiply, add]);
  const scan = functionBody((index) => addressOf(code(get(at), constant(index), [add])), 1);
  const gather = functionBody((index) => addressOf(code(get(at), load(4 * index))), 4);
  return Uint8Array.from(
    code(
      [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      section(1, [1, 0x60, 6, ...Array<number>(6).fill(i32), 0]),
      section(2, [1, ...text("room"), ...text("memory"), 0x02, 0x00, 1]),
      section(3, [2, 0, 0]),
      section(7, [2, ...text("scan"), 0, 0, ...text("gather"), 0, 1]),
      section(10, [2, ...scan, ...gather]),
    ),
  );
}

export interface DotFunctions {
  /** Of the query with the rows number first … first + count. All but `first` and `count` are addresses and lengths in bytes. */
  scan(query: number, base: number, first: number, count: number, out: number, bytes: number): void;
  /** Of the query with the rows whose numbers are listed at `ids`. */
  gather(query: number, base: number, ids: number, count: number, out: number, bytes: number): void;
}

/** What of the WebAssembly API is used; Node has it, its type package has not. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

interface Wasm {
  Memory: new (limits: { initial: number; maximum: number }) => WasmMemory;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: unknown };
}

const { WebAssembly: wasm } = globalThis as unknown as { WebAssembly: Wasm };

export const pageBytes = 65_536;

/** A memory of its own and the two functions that work on it; it can grow to 4 GiB. */
export function createDotKernel(): { memory: WasmMemory; functions: DotFunctions } {
  const memory = new wasm.Memory({ initial: 1, maximum: pageBytes });
  const { exports } = new wasm.Instance(new wasm.Module(assemble()), { room: { memory } });
  return { memory, functions: exports as DotFunctions };
}
