/** The same function in our words and in PyTorch's, on the same inputs: values, gradients and gradients of gradients side by side. */
import { ArgumentError } from "../../kernel-helpers/errors.ts";
import { fromFloat16 } from "../../kernel-helpers/runtime/half.ts";
import { grad, jit, tensor, type Parameter, type Tensor } from "../../kernel-helpers/tensor/index.ts";
import { askPeer } from "./ask-peer.ts";
import { Draw } from "./draw.ts";

type Tensors = Readonly<Record<string, Tensor>>;

export interface Case {
  /** By the names that the expression knows them by. */
  readonly inputs: Tensors;
  /** Of the module that `ours` runs, if it does: the expression finds them among the inputs. */
  readonly parameters: Readonly<Record<string, Parameter>>;
  readonly ours: (inputs: Tensors) => Tensor;
  /** Python, see expressions.py. */
  readonly torch: string;
  /** How often they are differentiated to be compared: 2 unless there is no telling who is right. */
  readonly order: 0 | 1 | 2;
}

export function same<Inputs extends Tensors>(
  inputs: Inputs,
  ours: (inputs: Inputs) => Tensor,
  torch: string,
  { parameters = {}, order = 2 }: Partial<Pick<Case, "parameters" | "order">> = {},
): Case {
  return { inputs, ours: ours as Case["ours"], torch, parameters, order };
}

export interface PackedArray {
  dtype: string;
  shape: number[];
  bytes: string;
}

type Answer = { refused: string } | { value: PackedArray; first?: Record<string, PackedArray>; second?: Record<string, PackedArray> };

/** The weights that make a scalar of a function's value, and another one of its gradients. */
interface Weights {
  value: Tensor;
  second: Tensors;
}

export interface Comparison {
  readonly torch: string;
  /** What differs, in words; nothing if all is well. */
  differences(answer: unknown, options?: { compiled?: boolean }): string[];
  readonly question: object;
}

/** Makes the question to PyTorch, and compares with what it answers. */
export function comparison(from: Case, seed: number): Comparison {
  const { inputs, parameters, ours, torch, order } = from;
  const weights = attempt(() => (order === 0 ? undefined : drawWeights(from, new Draw(seed))));
  const question = {
    torch,
    inputs: pack({ ...inputs, ...parameters }),
    ...("made" in weights && weights.made && { weights: packOne(weights.made.value) }),
    ...("made" in weights && weights.made && order === 2 && { second: pack(weights.made.second) }),
  };
  const compute = (given: Tensors): { value: Tensor; first?: Tensors; second?: Tensors } => {
    const value = ours(given);
    if (!("made" in weights) || !weights.made) return { value };
    const { value: ofValue, second } = weights.made;
    const targets = floatsOf({ ...given, ...parameters });
    const first = (xs: Tensors): Tensors =>
      grad((all: Tensors) =>
        ours({ ...given, ...all })
          .mul(ofValue)
          .sum(),
      )(xs);
    const total = (xs: Tensors): Tensor => {
      const gradients = first(xs);
      return Object.entries(second).reduce((sum, [name, weight]) => sum.add(gradients[name]!.mul(weight).sum()), tensor(0));
    };
    return { value, first: first(targets), ...(order === 2 && { second: grad(total)(targets) }) };
  };
  return {
    torch,
    question,
    differences(answer, { compiled = false } = {}) {
      const theirs = answer as Answer;
      const run = jit(compute);
      const result = attempt(() => pack(flat((compiled ? run : compute)(inputs))));
      run.close();
      if ("refused" in result) return "refused" in theirs ? [] : [`only ours refuses: ${result.refused}`];
      if ("refused" in theirs) return [`only PyTorch refuses: ${theirs.refused}`];
      const { value, first = {}, second = {} } = theirs;
      const groups = [{ value }, prefixed("first", first), prefixed("second", second)];
      const missing = Object.keys(result.made).filter((name) => !groups.some((group) => name in group));
      return [...missing.map((name) => `PyTorch has no ${name}`), ...groups.flatMap((group) => differencesOf(group, result.made))];
    },
  };
}

/** Asks PyTorch once about all. */
export function askAbout(comparisons: readonly Comparison[]): unknown[] {
  return askPeer(
    "expressions.py",
    comparisons.map(({ question }) => question),
  ) as unknown[];
}

/** The numbers of a PyTorch expression that needs no inputs. */
export function torchNumbers(torch: string): number[] {
  const [answer] = askPeer("expressions.py", [{ torch, inputs: {} }]) as Answer[];
  if (!answer || "refused" in answer) throw new Error(`PyTorch refuses ${torch}: ${answer?.refused}`);
  return unpack(answer.value);
}

/** None where there is no gradient: the value is no float, or no input is. */
function drawWeights({ inputs, parameters, ours }: Case, draw: Draw): Weights | undefined {
  const { shape, dtype } = ours(inputs);
  const floats = floatsOf({ ...inputs, ...parameters });
  if (dtype !== "float32" || Object.keys(floats).length === 0) return undefined;
  return { value: draw.normal(shape), second: mapValues(floats, (x) => draw.normal(x.shape)) };
}

function attempt<T>(make: () => T): { made: T } | { refused: string } {
  try {
    return { made: make() };
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error; // a fault, whatever PyTorch does
    return { refused: error.message };
  }
}

const floatsOf = (tensors: Tensors): Tensors =>
  Object.fromEntries(Object.entries(tensors).filter(([, { dtype }]) => dtype.startsWith("float")));

const mapValues = <A, B>(record: Readonly<Record<string, A>>, change: (item: A) => B): Record<string, B> =>
  Object.fromEntries(Object.entries(record).map(([name, item]) => [name, change(item)]));

const prefixed = <T>(prefix: string, record: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).map(([name, item]) => [`${prefix} gradient of ${name}`, item]));

const flat = ({ value, first = {}, second = {} }: { value: Tensor; first?: Tensors; second?: Tensors }): Tensors => ({
  value,
  ...prefixed("first", first),
  ...prefixed("second", second),
});

export function packOne({ dtype, shape, data }: Tensor): PackedArray {
  return { dtype, shape: [...shape], bytes: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64") };
}

const pack = (tensors: Tensors): Record<string, PackedArray> => mapValues(tensors, packOne);

const arrays = { float32: Float32Array, float64: Float64Array, int64: BigInt64Array, bool: Uint8Array };

export function unpack({ dtype, bytes }: PackedArray): number[] {
  const { buffer } = Uint8Array.from(Buffer.from(bytes, "base64"));
  if (dtype === "float16") return Array.from(fromFloat16(new Uint16Array(buffer)));
  return Array.from(new arrays[dtype as keyof typeof arrays](buffer), Number);
}

/** How far numbers may be apart, relative to theirs; and to the largest next to them, or 1, where they are sums of numbers that cancel out. */
const [relative, ofLargest] = [1e-4, 2e-6];

/** Of the value, or of all gradients of one order. */
function differencesOf(expected: Readonly<Record<string, PackedArray>>, found: Readonly<Record<string, PackedArray>>): string[] {
  const numbers = mapValues(expected, unpack);
  const largest = Object.values(numbers)
    .flat()
    .reduce((most, number) => (Number.isFinite(number) ? Math.max(most, Math.abs(number)) : most), 1);
  return Object.entries(expected).flatMap(([name, { dtype, shape }]) => {
    const own = found[name];
    if (!own) return [`we have no ${name}`];
    if (own.dtype !== dtype || String(own.shape) !== String(shape)) {
      return [`${name}: ${own.dtype} (${String(own.shape)}) instead of ${dtype} (${String(shape)})`];
    }
    const ours = unpack(own);
    const wrong = numbers[name]!.flatMap((number, place) => {
      const distance = Math.abs(ours[place]! - number);
      const isSame =
        Object.is(ours[place], number) || ours[place] === number || distance <= relative * Math.abs(number) + ofLargest * largest;
      return isSame ? [] : [`${name}, place ${place}: ${ours[place]} instead of ${number}`];
    });
    return wrong.length > 3 ? [...wrong.slice(0, 3), `and ${wrong.length - 3} more of ${ours.length}`] : wrong;
  });
}
