/**
 * BERT (Devlin et al. 2019, arXiv:1810.04805), written once: what it computes on tensors, to be trained, and on the nodes of a graph, to be fast. Layers
 * are called as in checkpoints.
 */

/** What the network is computed with. X is what stands for the vectors of all tokens: a tensor, or the name of a value in a graph. */
export interface Arithmetic<X> {
  /** The vectors of words, positions and segments, added up. */
  embed(): X;
  linear(x: X, layer: string): X;
  norm(x: X, layer: string): X;
  /** Of each head's queries to the keys that are tokens. */
  attend(queries: X, keys: X, values: X): X;
  gelu(x: X): X;
  add(x: X, y: X): X;
}

/** @returns What each token comes to. */
export function bert<X>(layers: number, on: Arithmetic<X>): X {
  const addAndNorm = (x: X, y: X, layer: string): X => on.norm(on.add(x, on.linear(y, `${layer}.dense`)), `${layer}.LayerNorm`);
  let x = on.norm(on.embed(), "embeddings.LayerNorm");
  for (let index = 0; index < layers; index++) {
    const at = `encoder.layer.${index}`;
    const [queries, keys, values] = ["query", "key", "value"].map((name) => on.linear(x, `${at}.attention.self.${name}`));
    const attended = addAndNorm(x, on.attend(queries!, keys!, values!), `${at}.attention.output`);
    const hidden = on.gelu(on.linear(attended, `${at}.intermediate.dense`));
    x = addAndNorm(attended, hidden, `${at}.output`);
  }
  return x;
}

/** The network's linear layers, each with the norm whose output it takes, if it takes one. */
export function linearLayers(layers: number): Map<string, string | undefined> {
  const found = new Map<string, string | undefined>();
  bert<string | undefined>(layers, {
    embed: () => undefined,
    linear: (norm, layer) => void found.set(layer, norm),
    norm: (_x, layer) => layer,
    attend: () => undefined,
    gelu: () => undefined,
    add: () => undefined,
  });
  return found;
}
