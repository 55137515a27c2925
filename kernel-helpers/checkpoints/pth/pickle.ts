/**
 * Python's pickles (PEP 307), read without Python. A pickle is a program that may name any function of any module and call it; this reader knows the names that it
 * is given, and refuses all others, so a file can hold data and do nothing.
 */

/** What a name in a pickle stands for. */
export type Callable = (args: readonly unknown[]) => unknown;

export interface PickleOptions {
  /** "module name" → what it makes of its arguments. */
  names: Readonly<Record<string, Callable>>;
  /** An object that is stored elsewhere, by what the pickle has in its place. */
  persistent?: (id: unknown) => unknown;
}

/** Why a pickle cannot be read. */
export class PickleError extends Error {}

const mark = Symbol("mark");

/** @returns What the pickle describes, and where it ends. Dictionaries are Maps, tuples and lists arrays. */
export function readPickle(bytes: Uint8Array, start: number, { names, persistent }: PickleOptions): { value: unknown; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const stack: unknown[] = [];
  const memo = new Map<number, unknown>();
  let at = start;

  const need = (count: number): number => {
    if (count < 0 || at + count > bytes.length) throw new PickleError(`it ends in the middle, at byte ${bytes.length}`);
    at += count;
    return at - count;
  };
  const pop = (): unknown => {
    if (stack.length === 0) throw new PickleError(`it takes what is not there, at byte ${at}`);
    return stack.pop();
  };
  const popToMark = (): unknown[] => {
    const found = stack.lastIndexOf(mark);
    if (found < 0) throw new PickleError(`it takes what is not there, at byte ${at}`);
    const items = stack.splice(found);
    return items.slice(1);
  };
  const text = (length: number): string => {
    const from = need(length);
    return Buffer.from(bytes.buffer, bytes.byteOffset + from, length).toString("utf8");
  };
  const line = (): string => {
    const end = bytes.indexOf(10, at);
    if (end < 0) throw new PickleError(`it ends in the middle, at byte ${bytes.length}`);
    const found = text(end - at);
    at++;
    return found;
  };
  const setItems = (items: readonly unknown[]): void => {
    const target = stack.at(-1);
    if (!(target instanceof Map) || items.length % 2 === 1) throw new PickleError(`it fills what is not a dictionary, at byte ${at}`);
    for (let index = 0; index < items.length; index += 2) target.set(items[index], items[index + 1]);
  };
  const append = (items: readonly unknown[]): void => {
    const target = stack.at(-1);
    if (!Array.isArray(target)) throw new PickleError(`it fills what is not a list, at byte ${at}`);
    target.push(...items);
  };
  const recall = (key: number): void => {
    if (!memo.has(key)) throw new PickleError(`it recalls what it has not kept, at byte ${at}`);
    stack.push(memo.get(key));
  };

  for (;;) {
    const code = String.fromCharCode(bytes[need(1)]!);
    switch (code) {
      case "\x80": // PROTO
        if (bytes[need(1)]! > 2) throw new PickleError("it is of a protocol above 2");
        break;
      case "(": stack.push(mark); break; // prettier-ignore
      case ".": return { value: pop(), end: at }; // prettier-ignore
      case "N": stack.push(null); break; // prettier-ignore
      case "\x88": stack.push(true); break; // prettier-ignore
      case "\x89": stack.push(false); break; // prettier-ignore
      case "}": stack.push(new Map()); break; // prettier-ignore
      case "]":
      case ")": stack.push([]); break; // prettier-ignore
      case "t":
      case "l": stack.push(popToMark()); break; // prettier-ignore
      case "\x85":
      case "\x86":
      case "\x87": {
        // TUPLE1 to TUPLE3
        const count = code.charCodeAt(0) - 0x84;
        const items = Array.from({ length: count }, pop).toReversed();
        stack.push(items);
        break;
      }
      case "J": stack.push(view.getInt32(need(4), true)); break; // prettier-ignore
      case "K": stack.push(bytes[need(1)]); break; // prettier-ignore
      case "M": stack.push(view.getUint16(need(2), true)); break; // prettier-ignore
      case "G": stack.push(view.getFloat64(need(8))); break; // prettier-ignore
      case "\x8a": {
        // LONG1
        const length = bytes[need(1)]!;
        const from = need(length);
        let number = 0n;
        for (let index = length - 1; index >= 0; index--) number = (number << 8n) | BigInt(bytes[from + index]!);
        const signed = length > 0 && bytes[from + length - 1]! >= 128 ? number - (1n << BigInt(8 * length)) : number;
        stack.push(signed >= -(2n ** 53n) && signed <= 2n ** 53n ? Number(signed) : signed);
        break;
      }
      case "X": stack.push(text(view.getUint32(need(4), true))); break; // prettier-ignore
      case "T": stack.push(text(view.getUint32(need(4), true))); break; // prettier-ignore
      case "U": stack.push(text(bytes[need(1)]!)); break; // prettier-ignore
      case "q": memo.set(bytes[need(1)]!, stack.at(-1)); break; // prettier-ignore
      case "r": memo.set(view.getUint32(need(4), true), stack.at(-1)); break; // prettier-ignore
      case "h": recall(bytes[need(1)]!); break; // prettier-ignore
      case "j": recall(view.getUint32(need(4), true)); break; // prettier-ignore
      case "a": append([pop()]); break; // prettier-ignore
      case "e": append(popToMark()); break; // prettier-ignore
      case "s": setItems([pop(), pop()].toReversed()); break; // prettier-ignore
      case "u": setItems(popToMark()); break; // prettier-ignore
      case "c": {
        // GLOBAL
        const name = `${line()} ${line()}`;
        if (!Object.hasOwn(names, name)) throw new PickleError(`it names ${name.replace(" ", ".")}, which is not a tensor`);
        stack.push(names[name]);
        break;
      }
      case "R": {
        // REDUCE
        const args = pop();
        const made = pop();
        if (typeof made !== "function" || !Array.isArray(args)) throw new PickleError(`it calls what is not a function, at byte ${at}`);
        stack.push((made as Callable)(args));
        break;
      }
      case "b": {
        // BUILD: attributes of a dictionary, such as a state_dict's _metadata, say nothing about its tensors
        pop();
        if (!(stack.at(-1) instanceof Map)) throw new PickleError(`it changes what is not a dictionary, at byte ${at}`);
        break;
      }
      case "Q": // BINPERSID
        if (!persistent) throw new PickleError("it refers to another file");
        stack.push(persistent(pop()));
        break;
      default:
        throw new PickleError(`it has the opcode 0x${code.charCodeAt(0).toString(16)} at byte ${at - 1}, which tensors do not need`);
    }
  }
}
