/** Sessions that are kept: no more than so many, of no more than so many bytes, and those used last. */
import { expect, test } from "vitest";
import { GraphBuilder, openSession, openSessions, SessionCache, value, type KeptSession } from "../../kernel-helpers/onnx/index.ts";

function kept(bytes: number): KeptSession {
  const graph = new GraphBuilder("negated");
  graph.output("y", graph.node("Neg", [graph.input("x", "float32", [1])]), "float32", [1]);
  return { session: openSession(graph.encode(), { threads: 1 }), bytes };
}

const runs = ({ session }: KeptSession): boolean => {
  try {
    return session.runSync({ x: value(Float32Array.of(2)) }).y!.data[0] === -2;
  } catch {
    return false;
  }
};

test("the one used longest ago is closed when there are too many", () => {
  const before = openSessions();
  const cache = new SessionCache({ count: 2, bytes: 1000 });
  const [a, b, c] = [cache.set("a", kept(1)), cache.set("b", kept(1)), kept(1)] as const;
  expect(cache.get("a")).toBe(a);
  cache.set("c", c);
  expect([runs(a), runs(b), runs(c)]).toEqual([true, false, true]);
  expect(cache.get("b")).toBeUndefined();
  expect(openSessions() - before).toBe(2);
  for (const key of ["a", "b", "c"]) cache.delete(key);
  expect(openSessions() - before).toBe(0);
});

test("as many are closed as bring the rest within the bytes, but never the newest", () => {
  const cache = new SessionCache({ count: 10, bytes: 100 });
  const small = [1, 2, 3].map((index) => cache.set(`small ${index}`, kept(40)));
  expect(small.map(runs)).toEqual([false, true, true]);
  const large = cache.set("large", kept(5000));
  expect([...small, large].map(runs)).toEqual([false, false, false, true]);
  const other = cache.set("other", kept(1));
  expect([runs(large), runs(other)]).toEqual([false, true]);
  cache.delete("other");
});

test("another session under the same key takes the place of the one before", () => {
  const cache = new SessionCache({ count: 10, bytes: 100 });
  const [first, second] = [cache.set("key", kept(60)), kept(60)];
  cache.set("key", second);
  expect([runs(first), runs(second), cache.size]).toEqual([false, true, 1]);
  cache.delete("key");
});
