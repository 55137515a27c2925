/**
 * Protocol Buffers' wire format (protobuf.dev/programming-guides/encoding): varints, fixed 32 and 64 bits, and lengths with bytes.
 * Integers are 64 bits wide in full: a number where it is safe, else a bigint.
 */
import { FormatError } from "../errors.ts";

export type Integer = number | bigint;

/** Wire types; groups (3 and 4) are long gone and refused. */
export const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Grows by parts and copies each byte once, at the end; large payloads are kept by reference until then. */
export class WireWriter {
  #parts: Uint8Array[] = [];
  #block: Uint8Array = new Uint8Array(256);
  #used = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  varint(value: Integer): void {
    if (typeof value === "number" && value >= 0 && value < 2 ** 31) {
      let rest = value;
      for (; rest > 0x7f; rest >>>= 7) this.#byte((rest & 0x7f) | 0x80);
      return this.#byte(rest);
    }
    let rest = BigInt.asUintN(64, BigInt(value)); // negative numbers take ten bytes, as the format has it
    for (; rest > 0x7fn; rest >>= 7n) this.#byte(Number(rest & 0x7fn) | 0x80);
    this.#byte(Number(rest));
  }

  tag(field: number, wire: number): void {
    this.varint(field * 8 + wire);
  }

  float(value: number): void {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    this.#append(bytes);
  }

  double(value: number): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setFloat64(0, value, true);
    this.#append(bytes);
  }

  /** Bytes as they are, without a length. */
  raw(bytes: Uint8Array): void {
    this.#append(bytes);
  }

  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.#append(bytes);
  }

  /** A nested message. */
  message(inner: WireWriter): void {
    inner.#flush();
    this.varint(inner.#length);
    this.#flush();
    for (const part of inner.#parts) this.#parts.push(part);
    this.#length += inner.#length;
  }

  finish(): Uint8Array {
    this.#flush();
    const whole = new Uint8Array(this.#length);
    let offset = 0;
    for (const part of this.#parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    return whole;
  }

  #append(bytes: Uint8Array): void {
    if (bytes.length > 4096) {
      this.#flush();
      this.#parts.push(bytes);
      this.#length += bytes.length;
      return;
    }
    for (const byte of bytes) this.#byte(byte);
  }

  #byte(value: number): void {
    if (this.#used === this.#block.length) this.#flush();
    this.#block[this.#used++] = value;
    this.#length++;
  }

  #flush(): void {
    if (this.#used === 0) return;
    this.#parts.push(this.#block.subarray(0, this.#used));
    this.#block =
      this.#used === this.#block.length ? new Uint8Array(Math.min(65_536, this.#block.length * 2)) : this.#block.subarray(this.#used);
    this.#used = 0;
  }
}

/** Reads fields in order; never beyond its bytes. */
export class WireReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#position >= this.#bytes.length;
  }

  get position(): number {
    return this.#position;
  }

  varint(): Integer {
    let low = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.#next();
      low |= (byte & 0x7f) << shift;
      if (byte < 0x80) return low;
    }
    let value = BigInt(low);
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.#next();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      const signed = BigInt.asIntN(64, value);
      return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
    }
    throw broken(`a number of more than 10 bytes at byte ${this.#position}`);
  }

  tag(): { field: number; wire: number } {
    const value = this.varint();
    if (typeof value !== "number" || value < 8 || value >= 2 ** 32) throw broken(`field number ${value} at byte ${this.#position}`);
    return { field: Math.floor(value / 8), wire: value % 8 };
  }

  float(): number {
    return this.#view.getFloat32(this.#advance(4), true);
  }

  double(): number {
    return this.#view.getFloat64(this.#advance(8), true);
  }

  /** Length and bytes; a view, not a copy. */
  bytes(): Uint8Array {
    const length = this.varint();
    if (typeof length !== "number" || length < 0) throw broken(`length ${length} at byte ${this.#position}`);
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** Skips the value of a field that is not asked for. */
  skip(wire: number): void {
    if (wire === wireType.varint) this.varint();
    else if (wire === wireType.fixed64) this.#advance(8);
    else if (wire === wireType.bytes) this.bytes();
    else if (wire === wireType.fixed32) this.#advance(4);
    else throw broken(`wire type ${wire} at byte ${this.#position}`);
  }

  slice(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(start, end);
  }

  #next(): number {
    return this.#bytes[this.#advance(1)]!;
  }

  #advance(count: number): number {
    const start = this.#position;
    if (start + count > this.#bytes.length)
      throw broken(`it ends at byte ${this.#bytes.length}, within a value of ${count} bytes at ${start}`);
    this.#position += count;
    return start;
  }
}

export function broken(what: string): FormatError {
  return new FormatError(`not a protobuf message of the expected kind: ${what}`, { hint: "is the file an ONNX model, and whole?" });
}
