import type { Merges } from "../merge-table.ts";

/**
 * The merges of a vocabulary that has scores instead, as SentencePiece's model files and GGUF do: two neighbours merge where a piece is spelled by
 * both together, the piece of highest score first, and of equal ones the leftmost.
 */
export function mergesByScore(pieces: ReadonlyMap<string, number>, scoreOf: (id: number) => number): Required<Merges> {
  const ids = Int32Array.from(pieces.values()).sort((one, other) => scoreOf(other) - scoreOf(one) || one - other);
  const rankOf = new Map(Array.from(ids, (id, rank) => [id, rank]));
  const found: number[] = []; // left, right and rank in turn
  const beginnings: string[] = []; // the pieces that the present one begins with, the shortest first
  for (const piece of [...pieces.keys()].sort()) {
    while (beginnings.length > 0 && !piece.startsWith(beginnings.at(-1)!)) beginnings.pop();
    for (const left of beginnings) {
      const right = pieces.get(piece.slice(left.length));
      if (right !== undefined) found.push(pieces.get(left)!, right, rankOf.get(pieces.get(piece)!)!);
    }
    beginnings.push(piece);
  }
  const order = Int32Array.from({ length: found.length / 3 }, (_, at) => 3 * at).sort((one, other) => found[one + 2]! - found[other + 2]!);
  const column = (field: number): Int32Array => order.map((at) => found[at + field]!);
  return { left: column(0), right: column(1), ranks: column(2), merged: ids };
}
