/** A graph that is applied to one tile of its inputs after the other: ONNX's Scan. */
import { makeProgram } from "../graph/program.ts";
import { applyAll, type Operator, type Value } from "../graph/value.ts";

/** A value, and what stands for it in the graph of one tile. */
export type Part = readonly [whole: Value, part: Value];

/**
 * The results of all tiles. An input whose part is smaller is cut along its first axis into as many tiles as there are in the results; one whose part
 * is as large is there for each tile as it is.
 */
export function loop(inputs: readonly Part[], results: readonly Part[]): readonly Value[] {
  const [[whole, part]] = results as [Part];
  const [length, count] = [part.shape[0]!, whole.shape[0]! / part.shape[0]!];
  const program = makeProgram(results.map(([, of]) => of));
  const byPart = new Map(inputs.map(([of, each]) => [each, of]));
  const fed = program.inputs.map((each) => ({ of: byPart.get(each)!, each }));
  const isCut = ({ of, each }: { of: Value; each: Value }): boolean => of.shape[0] !== each.shape[0];
  const operator: Operator = {
    name: "loop",
    lower: (graph, names) => {
      const body = graph.graph.inner();
      program.build(body, new Map(fed.flatMap((input, index) => (isCut(input) ? [] : [[input.each, names[index]!]]))));
      const tiles = fed.flatMap((input, index) => {
        const shape = [count, length, ...input.of.shape.slice(1)];
        return isCut(input) ? [graph.node("Reshape", [names[index]!, graph.integers(shape)])] : [];
      });
      const attributes = { num_scan_inputs: tiles.length };
      const made = graph.graph.nodes("Scan", tiles, { attributes, graphs: { body }, outputs: results.length });
      return made.map((name, index) => graph.node("Reshape", [name, graph.integers(results[index]![0].shape)]));
    },
  };
  const types = results.map(([of]) => of);
  return applyAll(
    operator,
    fed.map(({ of }) => of),
    types,
    { body: program.key },
  );
}
