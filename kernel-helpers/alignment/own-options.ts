/** Of a task's options those that are a part's, so that the part alone says what stands where they are left out. */
export function ownOptions<O extends object, K extends keyof O>(options: O, names: readonly K[]): Pick<O, K> {
  const given = names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  return Object.fromEntries(given) as Pick<O, K>;
}
