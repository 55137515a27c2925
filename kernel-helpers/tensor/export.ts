/**
 * Functions as ONNX models that stand alone: parameters and other numbers lie within, and inputs and outputs have the function's names
 * for them. It is the graph that jit runs, with some of ONNX Runtime's own operators: any language can run it with that runtime.
 */
import { ArgumentError } from "../errors.ts";
import { encodeModel, type OnnxGraph, type OnnxTensor } from "../onnx/index.ts";
import { argumentError, checkFunction, checkObject, checkOptions } from "../runtime/check.ts";
import { valueOf } from "./arguments.ts";
import { makeProgram } from "./graph/program.ts";
import { record } from "./jit/trace.ts";
import type { Parameter } from "./parameter.ts";
import type { Tensor } from "./tensor.ts";

export interface ExportOptions {
  /** Names of the parameters within the file, as a module's .parameters() names them. @default "parameter_0", "parameter_1" and so on */
  parameters?: Readonly<Record<string, Parameter>>;
}

/**
 * A function of named tensors, giving named tensors, as the bytes of an ONNX model, its parameters with the numbers that they have now.
 *
 * @param f What it decides from numbers or reads of a module's mode is decided once: put a model in evaluation mode first.
 * @param example Tensors of the shapes and types that the model will take; their numbers do not matter.
 * @throws {ArgumentError} The function changes parameters, does not use an input, or two values have one name.
 * @example
 * gpt.eval();
 * const model = exportOnnx(
 *   ({ input_ids }) => ({ logits: gpt.forward(input_ids) }),
 *   { input_ids: zeros([1, 64], { dtype: "int64" }) },
 *   { parameters: gpt.parameters() },
 * );
 * await writeFile("gpt.onnx", model); // onnxruntime.InferenceSession("gpt.onnx").run(["logits"], {"input_ids": ids}) in Python
 */
export function exportOnnx<Inputs extends Readonly<Record<string, Tensor>>>(
  f: (inputs: Inputs) => Readonly<Record<string, Tensor>>,
  example: Inputs,
  options: ExportOptions = {},
): Uint8Array {
  checkFunction("f", f);
  checkTensors("example", example);
  checkOptions("options", options, ["parameters"]);
  const { parameters = {} } = options;
  checkTensors("parameters", parameters);
  const { arguments: placeholders, read, assigned, result } = record(f, [example]);
  if (assigned.size > 0) {
    throw new ArgumentError("the function changes parameters, which an exported model cannot do", {
      hint: "put the model in evaluation mode: model.eval()",
    });
  }
  const outputs = Object.entries(checkTensors("the value of f", result));
  const values = outputs.map(([, { value }]) => value);
  const program = makeProgram(values);
  const inputs = Object.keys(example).map((name, index) => ({ name, index: program.inputs.indexOf(placeholders[index]!) }));
  const unused = inputs.find(({ index }) => index < 0);
  if (unused) throw new ArgumentError(`the function does not use its input "${unused.name}"`, { hint: "leave it out of the example" });

  const { graph, ...model } = program.build().model();
  const ownNames = new Map(Object.entries(parameters).map(([name, parameter]) => [parameter, name]));
  const parameterOf = new Map([...read].map(([parameter, placeholder]) => [placeholder, parameter]));
  const within = program.inputs.flatMap((value, index) => {
    if (placeholders.includes(value)) return [];
    const parameter = parameterOf.get(value);
    const name = (parameter && ownNames.get(parameter)) ?? `${parameter ? "parameter" : "known"}_${index}`;
    return [{ name, index, data: (parameter?.buffer ?? value.buffer!).data }];
  });
  const initializers = within.map(({ name, index, data }): OnnxTensor => {
    const { elementType } = graph.inputs![index]!.type!.tensor!;
    const rawData = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return { name, dims: [...program.inputs[index]!.shape], dataType: elementType, rawData };
  });
  checkSize(initializers);
  const names = new Map([
    ...[...inputs, ...within].map(({ name, index }) => [`input_${index}`, name] as const),
    ...outputs.map(([name], index) => [`output_${index}`, name] as const),
  ]);
  const named = renamed(graph, names);
  return encodeModel({
    ...model,
    graph: {
      ...named,
      inputs: inputs.map(({ index }) => named.inputs![index]!),
      initializers: [...named.initializers!, ...initializers],
    },
  });
}

function checkTensors(argument: string, tensors: unknown): Readonly<Record<string, Tensor>> {
  const checked = checkObject(argument, tensors, { hint: "name the tensors: { name: tensor }" });
  for (const [name, tensor] of Object.entries(checked)) {
    valueOf(`${argument}.${name}`, tensor);
    if (name === "") throw argumentError(`a name in ${argument}`, "text that is not empty", name, { hint: "name the tensor" });
  }
  return checked as Record<string, Tensor>;
}

/** The graph with other names for its inputs and outputs. */
function renamed({ nodes = [], inputs = [], outputs = [], ...rest }: OnnxGraph, names: ReadonlyMap<string, string>): OnnxGraph {
  const rename = (name: string): string => names.get(name) ?? name;
  const named = <T extends { name: string }>(item: T): T => ({ ...item, name: rename(item.name) });
  const graph = {
    ...rest,
    nodes: nodes.map((node) => ({ ...node, inputs: node.inputs!.map(rename), outputs: node.outputs!.map(rename) })),
    inputs: inputs.map(named),
    outputs: outputs.map(named),
  };
  const all = [graph.inputs, rest.initializers ?? []].flat().map(({ name }) => name);
  all.push(...graph.nodes.flatMap((node) => node.outputs));
  const twice = all.find((name, index) => name !== "" && all.indexOf(name) !== index);
  if (twice !== undefined) {
    throw new ArgumentError(`two values of the model would be called "${twice}"`, {
      hint: "give inputs, outputs and parameters other names",
    });
  }
  return graph;
}

/** What a protobuf message, and so an ONNX file, can hold. */
const mostBytes = 2 ** 31 - 1;

function checkSize(initializers: readonly OnnxTensor[]): void {
  const bytes = initializers.reduce((total, { rawData }) => total + rawData!.byteLength, 0);
  if (bytes < mostBytes) return;
  throw new ArgumentError(`the parameters take ${(bytes / 2 ** 30).toFixed(1)} GiB, and an ONNX file holds less than 2`, {
    hint: "save them with saveModel, as safetensors",
  });
}
