/**
 * What we rely on though ONNX Runtime promises none of it: the words of its errors, and what its optimizer leaves alone. All of it is in this file,
 * and test/onnx/unpromised.test.ts fails as soon as a version of the runtime does otherwise.
 */
import { HelperError, OutOfRangeError, UnavailableError } from "../errors.ts";
import type { Device } from "./devices.ts";
import { dtypeCodes } from "./dtypes.ts";
import type { GraphBuilder } from "./graph-builder.ts";

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

// ── results that are not copied ────────────────────────────────────────────

/** An output of this element type cannot become a JavaScript value. */
const refused = { name: "uncopied", dtype: "bfloat16" } as const;

/**
 * Makes the first output one that onnxruntime-node refuses, for a graph whose other outputs, added later, all go to memory that is given. It would
 * copy each of those once more, into memory that nothing uses; at this one it gives up, after the run and before the first copy.
 */
export function refuseCopies(graph: GraphBuilder): void {
  const one = graph.node("Constant", [], { attributes: { value_floats: { floats: [1] } } });
  graph.output(refused.name, graph.node("Cast", [one], { attributes: { to: dtypeCodes[refused.dtype] } }), refused.dtype, [1]);
}

export const isRefusedOutput = (name: string): boolean => name === refused.name;

/** Whether this is how a run ends whose results lie where they should. */
export const isRefusedCopy = (error: unknown): boolean =>
  messageOf(error) === `Tensor type (${dtypeCodes[refused.dtype]}) is not supported.`;

// ── a graph that stops itself ──────────────────────────────────────────────

/** The bits of a NaN: an index that no array has. */
const stopIndex = 0x7fc00000;

/** A run that its own graph stopped, because a condition did not hold; nothing that waited for the condition has been written. */
export class StoppedError extends HelperError {
  static override readonly code: string = "ERR_STOPPED";
}

/** Whether the error is that of a graph which stopped itself. */
export const stoppedBy = (error: unknown): boolean => HelperError.is(error) && error.code === StoppedError.code;

/**
 * 1, a float32 scalar; but on a device that checks indices the run stops when the condition, a bool scalar, does not hold: 1 is then looked up
 * where there is nothing. Whatever is multiplied by it waits for that.
 */
export function stopUnless(graph: GraphBuilder, condition: string): string {
  const ones = graph.node("Constant", [], { attributes: { value_floats: { floats: [1] } } });
  const far = graph.node("Constant", [], { attributes: { value_int: stopIndex } });
  const fails = graph.node("Cast", [graph.node("Not", [condition])], { attributes: { to: dtypeCodes.int64 } });
  return graph.node("Gather", [ones, graph.node("Mul", [fails, far])]);
}

// ── order between what is otherwise independent ────────────────────────────

/**
 * false, a bool of shape (1), once all of the values are there: "is not a number, and false". The optimizer does not see that this never depends
 * on them. WebGPU cannot ask for NaN; there they are joined first, and it is "is less than itself".
 *
 * @param values Floats of shape (1), all of one type.
 */
export function falseOnceComputed(graph: GraphBuilder, values: readonly string[], device: Device = "cpu"): string {
  if (device === "webgpu") {
    const joined = values.length === 1 ? values[0]! : graph.node("Concat", values, { attributes: { axis: 0 } });
    const axes = graph.node("Constant", [], { attributes: { value_ints: [0] } });
    const sum = values.length === 1 ? joined : graph.node("ReduceSum", [joined, axes], { attributes: { keepdims: 1 } });
    return graph.node("Less", [sum, sum]);
  }
  const zero = graph.node("Constant", [], { attributes: { value_ints: [0] } });
  const no = graph.node("Cast", [zero], { attributes: { to: dtypeCodes.bool } });
  const flags = values.map((value) => graph.node("And", [graph.node("IsNaN", [value]), no]));
  if (flags.length === 1) return flags[0]!;
  const bytes = graph.node("Cast", [graph.node("Concat", flags, { attributes: { axis: 0 } })], { attributes: { to: dtypeCodes.int32 } });
  return graph.node("Cast", [graph.node("ReduceMax", [bytes])], { attributes: { to: dtypeCodes.bool } });
}

// ── what errors say ────────────────────────────────────────────────────────

/** A failed run as an error of ours: stopped by its graph, an index out of range, or whatever else the runtime says. */
export function runError(error: unknown): HelperError {
  const message = messageOf(error);
  const bounds = /indices element out of data bounds, idx=(-?\d+) must be within the inclusive range \[(-?\d+),(-?\d+)\]/.exec(message);
  const node = /running \w+ node\. Name:'([^']*)'/.exec(message)?.[1];
  if (!bounds && !/Out of range value in index tensor/.test(message)) {
    if (/Failed to allocate memory|Integer overflow|storage size overflowed|bad_alloc/.test(message)) {
      return new UnavailableError("there is not enough memory to run the graph", {
        hint: "make the tensors smaller, or compute in parts",
        cause: error,
        facts: { node },
      });
    }
    const status = /Status Message: ([^]*)/.exec(message)?.[1]!.trim();
    return new HelperError(`ONNX Runtime could not run the graph: ${status ?? message}`, {
      hint: "check shapes and element types of what the graph is given, and whether there is enough memory",
      cause: error,
      facts: { node },
    });
  }
  const [index, min, max] = bounds ? bounds.slice(1).map(exactly) : [];
  if (index === stopIndex) {
    return new StoppedError("the graph stopped itself: a condition that it depends on does not hold", {
      hint: "look for numbers that are not finite",
      cause: error,
      facts: { node },
    });
  }
  if (max === -1) {
    return new OutOfRangeError(`index ${index} is out of range: there is nothing to choose from`, {
      hint: "look for an axis of size 0",
      cause: error,
      facts: { node, value: index, min, max },
    });
  }
  return new OutOfRangeError(bounds ? `index ${index} is out of range: indices run from ${min} to ${max}` : "an index is out of range", {
    hint: "look for ids that are not below the size of the axis",
    cause: error,
    facts: { node, value: index, min, max },
  });
}

const exactly = (digits: string): number | bigint => (Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits));

/** Whether an error that loading a model ended with is about the model, not about the device: the CPU is always there, another device may be missing. */
export const isModelFault = (error: unknown): boolean =>
  /INVALID_PROTOBUF|INVALID_GRAPH|NO_SUCHFILE|NOT_IMPLEMENTED|ShapeInferenceError|protobuf|Load model|invalid model|in graph|opset/i.test(
    messageOf(error),
  );
