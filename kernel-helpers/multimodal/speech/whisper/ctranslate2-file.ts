/**
 * Models in CTranslate2's binary format, version 6 (github.com/OpenNMT/CTranslate2, python/ctranslate2/specs/model_spec.py): named variables one after the other, then names
 * that stand for others. faster-whisper's models come so.
 */
import { readFile } from "node:fs/promises";
import { FormatError } from "../../../errors.ts";
import { unreadable } from "../../../runtime/files.ts";
import { fromFloat16 } from "../../../runtime/half.ts";

export interface Variable {
  shape: readonly number[];
  dtype: VariableDType;
  /** Little-endian, at any address. */
  bytes: Uint8Array;
}

export interface Ctranslate2File {
  /** What kind of model it is, such as "WhisperSpec". */
  spec: string;
  variables: ReadonlyMap<string, Variable>;
}

const dtypes = ["float32", "int8", "int16", "int32", "float16"] as const;
type VariableDType = (typeof dtypes)[number];
const version = 6;

/** @throws {FormatError} The file is cut short, of another version, or holds numbers of another type. Facts: file. */
export async function readCtranslate2(file: string): Promise<Ctranslate2File> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  const wrong = (problem: string): FormatError =>
    new FormatError(`${file} is not a model of CTranslate2: ${problem}`, {
      hint: "is the file whole? remove it, and it is fetched again",
      facts: { file },
    });
  let at = 0;
  const integer = (size: 1 | 2 | 4): number => {
    at += size;
    return bytes.readUIntLE(at - size, size);
  };
  const take = (length: number): Buffer => {
    at += length;
    if (at > bytes.length) throw wrong("it is cut short");
    return bytes.subarray(at - length, at);
  };
  const text = (): string => take(integer(2)).toString("utf8").replace(/\0$/, "");
  try {
    const found = integer(4);
    if (found !== version) throw wrong(`its version is ${found}, not ${version}`);
    const spec = text();
    integer(4); // the spec's revision
    const variables = new Map<string, Variable>();
    for (let left = integer(4); left > 0; left--) {
      const name = text();
      const shape = Array.from({ length: integer(1) }, () => integer(4));
      const code = integer(1);
      const dtype = dtypes[code];
      if (!dtype) throw wrong(`"${name}" has numbers of type ${code}`);
      variables.set(name, { shape, dtype, bytes: take(integer(4)) });
    }
    for (let left = integer(4); left > 0; left--) {
      const [alias, name] = [text(), text()];
      const variable = variables.get(name);
      if (!variable) throw wrong(`"${alias}" stands for "${name}", which is not there`);
      variables.set(alias, variable);
    }
    return { spec, variables };
  } catch (error) {
    if (error instanceof RangeError) throw wrong("it is cut short");
    throw error;
  }
}

/** Floats of a variable, or some of its rows. */
export function floatsOf(
  { shape, dtype, bytes }: Variable,
  rows: { start: number; end: number } = { start: 0, end: shape[0] ?? 1 },
): Float32Array {
  const rowSize = bytes.length / (shape[0] ?? 1);
  const copy = Uint8Array.from(bytes.subarray(rows.start * rowSize, rows.end * rowSize));
  if (dtype === "float32") return new Float32Array(copy.buffer);
  if (dtype === "float16") return fromFloat16(new Uint16Array(copy.buffer));
  throw new FormatError(`weights of type ${dtype} are not supported`, { hint: "take a model with float16 or float32 weights" });
}

/** The integer that a variable without a shape is. */
export const integerOf = ({ dtype, bytes }: Variable): number =>
  Buffer.from(bytes).readIntLE(0, dtype === "int8" ? 1 : dtype === "int16" ? 2 : 4);
