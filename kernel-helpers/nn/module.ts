/** Modules: layers and models as plain objects. Their parameters are found by property path, so a property's name is the name in a checkpoint. */
import { ArgumentError, ShapeError } from "../errors.ts";
import { argumentError, checkBoolean, checkObject } from "../runtime/check.ts";
import { displayable } from "../runtime/printable.ts";
import { assignAll, guarded, Parameter, tensor, Tensor } from "../tensor/index.ts";
import { describeTree } from "./describe.ts";

/** Numbers for parameters by name: tensors, or arrays in row-major order. */
export type ModuleState = Readonly<Record<string, Tensor | Float32Array | Float64Array | BigInt64Array>>;

/**
 * Base of all modules. A subclass keeps its parameters and modules in properties, also within arrays and plain objects, and has a method
 * `forward`. A new module is in training mode.
 *
 * @example
 * class Scale extends Module {
 *   readonly factor: Parameter = parameter(ones([3]));
 *   forward(x: Tensor): Tensor { return x.mul(this.factor); }
 * }
 * Object.keys(new Scale().parameters()) // [ 'factor' ]
 */
export abstract class Module {
  #training = true;

  constructor() {
    displayable(this, () => ({ "text/plain": this.toString() }));
  }

  /**
   * What is learnt: the parameters of a floating-point type, such as "h.0.attn.c_attn.weight", in the order of the properties. One that is
   * there under several names (tied weights) counts once, under its first.
   */
  parameters(): Record<string, Parameter> {
    return this.#collect((parameter) => parameter.dtype.startsWith("float"));
  }

  /** All that a checkpoint needs to go on exactly: the parameters, and what else changes, such as how many masks a dropout has drawn. */
  state(): Record<string, Parameter> {
    return this.#collect(() => true);
  }

  #collect(isWanted: (parameter: Parameter) => boolean): Record<string, Parameter> {
    const names = new Map<Parameter, string>();
    for (const [name, part] of partsOf(this)) if (part instanceof Parameter && isWanted(part) && !names.has(part)) names.set(part, name);
    const twice = findTwice([...names.values()]);
    if (twice !== undefined) throw new ArgumentError(`two parameters are called "${twice}"`, { hint: "name properties without dots" });
    return Object.fromEntries([...names].map(([parameter, name]) => [name, parameter]));
  }

  /** The modules within, at any depth, by path. */
  modules(): Record<string, Module> {
    return Object.fromEntries([...partsOf(this)].filter((found): found is readonly [string, Module] => found[1] instanceof Module));
  }

  /** How many numbers are learnt. */
  parameterCount(): number {
    return Object.values(this.parameters()).reduce((total, { size }) => total + size, 0);
  }

  /** Whether layers such as dropout behave as in training. A compiled function that read it is compiled anew when it has changed. */
  get training(): boolean {
    return guarded(() => this.#training);
  }

  /** Puts the module, and all modules in it, in training mode. */
  train(training: boolean = true): this {
    checkBoolean("training", training);
    this.#training = training;
    for (const [, part] of partsOf(this)) if (part instanceof Module) part.#training = training;
    return this;
  }

  /** Puts the module, and all modules in it, in evaluation mode: dropout lets everything pass. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Sets the parameters to the numbers of a checkpoint, each by its name, or by any of its names where it has several. Counters that are not
   * learnt keep their value when the checkpoint has none.
   *
   * @throws {ArgumentError} A parameter is missing, a name belongs to nothing here, or something is neither a tensor nor a typed array.
   * @throws {ShapeError} A shape differs. Nothing is changed in either case.
   */
  load(state: ModuleState): this {
    checkState(state);
    const names = new Map<Parameter, string[]>();
    for (const [name, part] of partsOf(this)) if (part instanceof Parameter) names.set(part, [...(names.get(part) ?? []), name]);
    const known = new Set([...names.values()].flat());
    const missing = [...names]
      .filter(([{ dtype }, own]) => dtype.startsWith("float") && !own.some((name) => Object.hasOwn(state, name)))
      .map(([, [name]]) => name!);
    const unexpected = Object.keys(state).filter((name) => !known.has(name));
    if (missing.length > 0 || unexpected.length > 0) throw differentNames(this, missing, unexpected);
    const pairs = [...names].flatMap(([parameter, own]) =>
      own.filter((name) => Object.hasOwn(state, name)).map((name) => [parameter, fit(name, parameter, state[name]!)] as const),
    );
    assignAll(pairs);
    return this;
  }

  /** The modules as a tree, as PyTorch prints them. */
  toString(): string {
    return `${describe(this)}  ${this.parameterCount().toLocaleString("en")} parameters`;
  }

  /** What is printed between the brackets, such as "768, 3072". */
  details(): string {
    return "";
  }
}

const isPlain = (value: unknown): value is object =>
  typeof value === "object" && value !== null && [Object.prototype, Array.prototype].includes(Object.getPrototypeOf(value) as never);

const findTwice = (names: readonly string[]): string | undefined =>
  new Set(names).size === names.length ? undefined : names.find((name, index) => names.indexOf(name) !== index);

/** Parameters and modules that are the object's own, by path. @param above The plain objects that this one lies within. */
function* childrenOf(
  tree: object,
  path: string = "",
  above: readonly object[] = [],
): Generator<readonly [path: string, part: Parameter | Module]> {
  for (const [key, value] of Object.entries(tree) as [string, unknown][]) {
    const name = path === "" ? key : `${path}.${key}`;
    if (value instanceof Parameter || value instanceof Module) yield [name, value];
    else if (isPlain(value) && !above.includes(value)) yield* childrenOf(value, name, [...above, value]);
  }
}

/** Parameters and modules at any depth, by path; a module that holds one of those above it does not hold it a second time. */
function* partsOf(
  module: Module,
  path: string = "",
  above: readonly Module[] = [module],
): Generator<readonly [path: string, part: Parameter | Module]> {
  for (const [name, part] of childrenOf(module, path)) {
    if (part instanceof Module && above.includes(part)) continue;
    yield [name, part];
    if (part instanceof Module) yield* partsOf(part, name, [...above, part]);
  }
}

function describe(module: Module, above: readonly Module[] = [module]): string {
  const parts = [...childrenOf(module)].flatMap(([name, part]) =>
    part instanceof Module && !above.includes(part) ? [[name, describe(part, [...above, part])] as const] : [],
  );
  return describeTree(module.constructor.name, module.details(), parts);
}

const stateHint = "pass tensors by name: other.state(), or what a checkpoint holds";

function checkState(state: ModuleState): void {
  if (state instanceof Module) throw argumentError("state", "tensors by name, not a module", state, { hint: "pass other.state()" });
  for (const [name, given] of Object.entries(checkObject("state", state, { hint: stateHint }))) {
    const isTyped = [Float32Array, Float64Array, BigInt64Array].some((type) => given instanceof type);
    if (!isTyped && !(given instanceof Tensor))
      throw argumentError(`state["${name}"]`, "a Tensor or a typed array", given, { hint: stateHint });
  }
}

/** The numbers in the parameter's shape and type. */
function fit(name: string, { shape, size, dtype }: Parameter, given: ModuleState[string]): Tensor {
  const found = given instanceof Tensor ? given.shape : [given.length];
  const fits = given instanceof Tensor ? found.join() === shape.join() : given.length === size;
  if (!fits) {
    throw new ShapeError(`"${name}" is of shape (${shape.join(", ")}) here, and (${found.join(", ")}) in what is loaded`, {
      hint: "make the module with the sizes that the checkpoint's configuration names",
      facts: { name, expected: shape, value: found },
    });
  }
  return given instanceof Tensor ? given.to(dtype) : tensor(given, { shape, dtype });
}

function differentNames(module: Module, missing: readonly string[], unexpected: readonly string[]): ArgumentError {
  const list = (names: readonly string[]): string =>
    `${names.slice(0, 5).join(", ")}${names.length > 5 ? ` and ${names.length - 5} more` : ""}`;
  const problems = [
    ...(missing.length > 0 ? [`${list(missing)} missing`] : []),
    ...(unexpected.length > 0 ? [`${list(unexpected)} unexpected`] : []),
  ];
  return new ArgumentError(`what is loaded does not fit the ${module.constructor.name}: ${problems.join("; ")}`, {
    hint: "the names must be those of .parameters(); see where they begin to differ",
    facts: { missing, unexpected },
  });
}
