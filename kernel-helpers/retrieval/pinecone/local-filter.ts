/** Pinecone's own filters over metadata, as its documentation defines them; apart from our compiler of filters, which it thus checks. */
type Json = Record<string, unknown>;

class InvalidFilter extends Error {}

/** @throws An operator or an operand that Pinecone refuses. */
export function matchesPinecone(filter: Json, metadata: Json): boolean {
  return Object.entries(filter).every(([key, value]) => {
    if (key === "$and") return (value as Json[]).every((part) => matchesPinecone(part, metadata));
    if (key === "$or") return (value as Json[]).some((part) => matchesPinecone(part, metadata));
    if (key.startsWith("$")) throw new InvalidFilter(`'${key}' is not a valid operator`);
    const conditions = typeof value === "object" ? (value as Json) : { $eq: value };
    return Object.entries(conditions).every(([operator, operand]) => compares(operator, operand, metadata[key]));
  });
}

function compares(operator: string, operand: unknown, held: unknown): boolean {
  switch (operator) {
    case "$exists":
      return (held !== undefined) === operand;
    case "$eq":
      return held === operand;
    case "$ne":
      return held !== operand;
    case "$in":
      return (operand as unknown[]).includes(held);
    case "$nin":
      return !(operand as unknown[]).includes(held);
    case "$gt":
    case "$gte":
    case "$lt":
    case "$lte":
      if (typeof operand !== "number")
        throw new InvalidFilter(`the ${operator} operator must be followed by a number, got ${JSON.stringify(operand)}`);
      if (typeof held !== "number") return false;
      return operator === "$gt"
        ? held > operand
        : operator === "$gte"
          ? held >= operand
          : operator === "$lt"
            ? held < operand
            : held <= operand;
    default:
      throw new InvalidFilter(`'${operator}' is not a valid operator`);
  }
}
