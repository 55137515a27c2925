/** Several streams as one, in the order in which things come. */
export async function* merge<T>(
  sources: readonly AsyncIterator<T>[],
  abandon: () => void,
): AsyncGenerator<[index: number, value: T], void> {
  const pending = new Map<number, Promise<{ index: number; result: IteratorResult<T> }>>();
  const ask = (index: number): void => {
    const next = sources[index]!.next().then((result) => ({ index, result }));
    next.catch(() => {}); // the race reports it
    pending.set(index, next);
  };
  for (const index of sources.keys()) ask(index);
  try {
    while (pending.size > 0) {
      const { index, result } = await Promise.race(pending.values());
      pending.delete(index);
      if (result.done) continue;
      ask(index);
      yield [index, result.value];
    }
  } finally {
    abandon();
    await Promise.allSettled(sources.map(async (source) => source.return?.()));
  }
}
