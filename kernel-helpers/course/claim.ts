/** A widely repeated claim, what running it gave, and the verdict: the cards of the fact check that opens the course. */
import { showCard, type Tone } from "./card.ts";

export type ClaimVerdict = "holds" | "wrong" | "can't be run any more" | "settled later";

export interface Claim {
  claim: string;
  /** What running it gave, as one sentence or several. */
  result: string | readonly string[];
  verdict: ClaimVerdict;
  /** The notebook that settles it, where this one cannot. */
  settledIn?: string;
}

const looks: Record<ClaimVerdict, { tone: Tone; mark: string }> = {
  holds: { tone: "good", mark: "✓" },
  wrong: { tone: "bad", mark: "✗" },
  "can't be run any more": { tone: "open", mark: "∅" },
  "settled later": { tone: "note", mark: "→" },
};

export function claim({ claim: text, result, verdict, settledIn }: Claim): void {
  const where = settledIn ? [`Settled in ${settledIn}.`] : [];
  showCard({ ...looks[verdict], heading: `${verdict}: “${text}”`, lines: [...[result].flat(), ...where] });
}
