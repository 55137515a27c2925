/** A regular expression's source that matches any of the texts, the longest first where one begins another. */
export const anyOf = (texts: Iterable<string>): string =>
  [...texts]
    .sort((one, next) => next.length - one.length)
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
    .join("|");
