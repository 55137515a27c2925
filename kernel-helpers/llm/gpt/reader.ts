/** A GPT that reads token by token: two graphs of fixed shape, compiled once for each model, and the keys and values of one text. */
import { jit, tensor, type Jitted, type Tensor } from "../../tensor/index.ts";
import type { Cache } from "./block.ts";
import type { GPT } from "./gpt.ts";

interface Read {
  /** (V) */
  logits: Tensor;
  caches: Cache[];
}

interface Graphs {
  /** A window (1, contextLength), padded at its end, and the place of its last token. */
  window: Jitted<[window: Tensor, last: Tensor], Read>;
  /** One more token (1, 1), its position, and the caches of those before. */
  token: Jitted<[id: Tensor, position: Tensor, caches: Cache[]], Read>;
}

/** The graphs read the model's parameters at each run, so they stay right while it is trained. */
const graphsOf = new WeakMap<GPT, Graphs>();

function compile(model: GPT): Graphs {
  const { contextLength, vocabularySize } = model.config;
  const { transformer } = model;
  const graphs: Graphs = {
    window: jit((window, last) => {
      const { x, caches } = transformer.read(window);
      return { logits: model.head(x.reshape([contextLength, -1]).take(last)).reshape([vocabularySize]), caches };
    }),
    token: jit((id, position, before) => {
      const { x, caches } = transformer.step(id, before, position);
      return { logits: model.head(x).reshape([vocabularySize]), caches };
    }),
  };
  graphsOf.set(model, graphs);
  return graphs;
}

export class GPTReader {
  readonly #model: GPT;
  readonly #graphs: Graphs;
  #caches: Cache[] = [];
  /** How many tokens the caches hold. */
  #held = 0;

  constructor(model: GPT) {
    this.#model = model;
    this.#graphs = graphsOf.get(model) ?? compile(model);
  }

  /** Logits (V) of what follows the ids, which begin as at the last call and go on. */
  logitsAfter(ids: readonly number[]): Float32Array {
    const wasTraining = this.#model.training;
    this.#model.eval();
    try {
      const { contextLength } = this.#model.config;
      const isNext = this.#held > 0 && this.#held + 1 === ids.length && ids.length <= contextLength;
      const { logits, caches } = isNext ? this.#readToken(ids.at(-1)!) : this.#readWindow(ids.slice(-contextLength));
      this.#caches = caches;
      this.#held = Math.min(ids.length, contextLength);
      return logits.data as Float32Array;
    } finally {
      this.#model.train(wasTraining);
    }
  }

  #readToken(id: number): Read {
    return this.#graphs.token(tensor([[id]], { dtype: "int64" }), tensor(this.#held, { dtype: "int64" }), this.#caches);
  }

  /** Padding does not matter: the tokens before do not see it, and those that come later take its places. */
  #readWindow(seen: readonly number[]): Read {
    const { contextLength } = this.#model.config;
    const window = Uint32Array.from({ length: contextLength }, (_, index) => seen[index] ?? 0);
    return this.#graphs.window(tensor(window, { shape: [1, contextLength] }), tensor(seen.length - 1, { dtype: "int64" }));
  }
}
