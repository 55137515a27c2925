/** Slices, lookups and other arrangements of the same numbers. */
import { concat, stack, type SliceRange } from "../../../kernel-helpers/tensor/index.ts";
import { same } from "../compare.ts";
import { sizeOf, type Draw } from "../draw.ts";
import type { Row } from "../against-torch.ts";
import { ofOne, py } from "./row.ts";

function drawRange(draw: Draw, size: number): SliceRange {
  const place = (): number => draw.integer(2 * size + 3) - size - 1; // also beyond the ends
  if (size > 0 && draw.integer(4) === 0) return draw.integer(2 * size) - size;
  if (draw.integer(4) === 0) return null;
  return [draw.flip() ? place() : null, draw.flip() ? place() : null, 1 + draw.integer(3)];
}

const pyRange = (range: SliceRange): string =>
  range === null ? ":" : typeof range === "number" ? String(range) : range.map((bound) => bound ?? "").join(":");

/** Sizes that add up to the given one, some of them 0. */
function parts(draw: Draw, size: number): number[] {
  const sizes: number[] = [];
  for (let left = size; left > 0 || sizes.length === 0; left -= sizes.at(-1)!) sizes.push(draw.integer(left + 1));
  return sizes;
}

/** A shape, one of its axes, and the shape of indices along that. */
function indexed(draw: Draw) {
  const shape = draw.shape(1);
  const axis = draw.axis(shape);
  const own = axis < 0 ? axis + shape.length : axis;
  const places = shape.map((size, other) => (other === own ? (size === 0 ? 0 : draw.size()) : draw.integer(size + 1)));
  return { shape, axis, own, places };
}

export const arrangement: readonly Row[] = [
  [
    "slice",
    (draw) => {
      const shape = draw.shape(1);
      const ranges = shape.slice(0, 1 + draw.integer(shape.length)).map((size) => drawRange(draw, size));
      return same({ x: draw.normal(shape) }, ({ x }) => x.slice(...ranges), `x[${ranges.map(pyRange).join(", ")}]`);
    },
  ],
  [
    "split",
    (draw) => {
      const shape = draw.shape(1);
      const axis = draw.axis(shape);
      const sizes = parts(draw, shape.at(axis)!);
      return same(
        { x: draw.normal(shape) },
        ({ x }) =>
          concat(
            x.split(sizes, axis).map((part, index) => part.mul(index + 1).square()),
            axis,
          ),
        `torch.cat([(part * (index + 1)) ** 2 for index, part in enumerate(x.split(${py(sizes)}, ${axis}))], ${axis})`,
      );
    },
  ],
  [
    "split, of which one part is used",
    (draw) => {
      const shape = draw.shape(1);
      const axis = draw.axis(shape);
      const sizes = parts(draw, shape.at(axis)!);
      return same({ x: draw.normal(shape) }, ({ x }) => x.split(sizes, axis).at(-1)!.square(), `x.split(${py(sizes)}, ${axis})[-1] ** 2`);
    },
  ],
  [
    "pad",
    (draw) => {
      const shape = draw.shape(1);
      const amounts = shape.map(() => [draw.integer(3), draw.integer(3)] as const);
      const theirs = amounts.toReversed().flat(); // torch.nn.functional.pad begins with the last axis
      return same({ x: draw.normal(shape) }, ({ x }) => x.pad(amounts, 0.5), `F.pad(x, ${py(theirs)}, value=0.5)`);
    },
  ],
  [
    "flip",
    (draw) => {
      const shape = draw.shape();
      const axes = draw.axes(shape);
      return same({ x: draw.normal(shape) }, ({ x }) => x.flip(axes), `x.flip(${py(axes ?? shape.map((_, axis) => axis))})`);
    },
  ],
  ...(["tril", "triu"] as const).map((name): Row => [
    name,
    (draw) => {
      const diagonal = draw.integer(5) - 2;
      return same({ x: draw.normal(draw.shape(2)) }, ({ x }) => x[name](diagonal), `x.${name}(${diagonal})`);
    },
  ]),
  [
    "take",
    (draw) => {
      const shape = draw.shape(1);
      const axis = draw.integer(shape.length);
      const taken = shape[axis] === 0 ? [0] : draw.shape(0, 2);
      const inputs = { x: draw.normal(shape), ids: draw.ids(taken, shape[axis]!) };
      return same(inputs, ({ x, ids }) => x.take(ids, axis), `x[(slice(None),) * ${axis} + (ids,)]`);
    },
  ],
  [
    "gather",
    (draw) => {
      const { shape, axis, own, places } = indexed(draw);
      const inputs = { x: draw.normal(shape), places: draw.ids(places, shape[own]!) };
      return same(inputs, ({ x, places: at }) => x.gather(axis, at), `x.gather(${axis}, places)`);
    },
  ],
  [
    "scatterAdd",
    (draw) => {
      const { shape, axis, own, places } = indexed(draw);
      const inputs = { x: draw.normal(shape), places: draw.ids(places, shape[own]!), y: draw.normal(places) };
      return same(inputs, ({ x, places: at, y }) => x.scatterAdd(axis, at, y), `x.scatter_add(${axis}, places, y)`);
    },
  ],
  [
    "reshape",
    (draw) => {
      const shape = draw.shape();
      const wanted = draw.order(shape.length).map((axis) => shape[axis]!);
      const hidden = wanted.length > 0 && sizeOf(shape) > 0 ? wanted.with(draw.integer(wanted.length), -1) : wanted;
      return same({ x: draw.normal(shape) }, ({ x }) => x.reshape(hidden), `x.reshape(${py(hidden)})`);
    },
  ],
  [
    "permute",
    (draw) => {
      const shape = draw.shape();
      const axes = draw.order(shape.length).map((axis) => (draw.flip() ? axis : axis - shape.length));
      return same({ x: draw.normal(shape) }, ({ x }) => x.permute(axes).square(), `x.permute(${py(axes)}) ** 2`);
    },
  ],
  [
    "transpose",
    (draw) => {
      const shape = draw.shape(1);
      const [a, b] = [draw.axis(shape), draw.axis(shape)];
      return same({ x: draw.normal(shape) }, ({ x }) => x.transpose(a, b), `x.transpose(${a}, ${b})`);
    },
  ],
  ["T", (draw) => same({ x: draw.normal(draw.shape(2)) }, ({ x }) => x.T, "x.mT")],
  ["squeeze", (draw) => same({ x: draw.normal(draw.stretchable(draw.shape(2))) }, ({ x }) => x.squeeze(), "x.squeeze()")],
  [
    "squeeze of one axis",
    (draw) => {
      const shape = draw.shape(1);
      const axis = draw.axis(shape);
      return same({ x: draw.normal(shape.with(axis, 1)) }, ({ x }) => x.squeeze(axis), `x.squeeze(${axis})`);
    },
  ],
  [
    "unsqueeze",
    (draw) => {
      const shape = draw.shape();
      const axis = draw.axis([...shape, 1]);
      return same({ x: draw.normal(shape) }, ({ x }) => x.unsqueeze(axis), `x.unsqueeze(${axis})`);
    },
  ],
  [
    "broadcastTo",
    (draw) => {
      const shape = draw.shape();
      return same({ x: draw.normal(draw.stretchable(shape)) }, ({ x }) => x.broadcastTo(shape), `x.broadcast_to(${py(shape)})`);
    },
  ],
  ...(["concat", "stack"] as const).map((name): Row => [
    name,
    (draw) => {
      const shape = draw.shape(1);
      const axis = name === "concat" ? draw.axis(shape) : draw.axis([...shape, 1]);
      const other = name === "concat" ? shape.with(axis, draw.size()) : shape;
      return same(
        { x: draw.normal(shape), y: draw.normal(other) },
        ({ x, y }) => (name === "concat" ? concat : stack)([x, y, x.square()], axis),
        `torch.${name}([x, y, x ** 2], ${axis})`,
      );
    },
  ]),
  ofOne(
    "views of views: permute, reshape, slice",
    (x) => x.reshape([-1, 1]).T.unsqueeze(1).permute([1, 0, 2]).reshape([-1]).slice([1, null, 2]),
    "x.reshape(-1)[1::2]",
  ),
];
