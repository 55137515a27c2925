/** A widely repeated claim, what came out when it was run, and the verdict: the cards of notebook 00. */
import { argumentError, checkArray, checkChoice, checkOptions, checkText } from "../runtime/check.ts";
import { showCard, type Tone } from "./card.ts";

export type FactVerdict = "holds" | "wrong" | "can't be run any more" | "settled later";

export interface FactCheck {
  claim: string;
  /** What came out when it was run, as one sentence or several. */
  result: string | readonly string[];
  verdict: FactVerdict;
  /** The notebook that settles it, where this one cannot. */
  settledIn?: string;
}

const looks: Record<FactVerdict, { tone: Tone; mark: string }> = {
  holds: { tone: "good", mark: "✓" },
  wrong: { tone: "bad", mark: "✗" },
  "can't be run any more": { tone: "open", mark: "∅" },
  "settled later": { tone: "note", mark: "→" },
};

export function factCheck(about: FactCheck): void {
  if (about === undefined) throw argumentError("about", "{ claim, result, verdict }", about);
  checkOptions("about", about, ["claim", "result", "verdict", "settledIn"]);
  const { result, settledIn } = about;
  const text = checkText("claim", about.claim);
  const verdict = checkChoice("verdict", about.verdict, Object.keys(looks) as FactVerdict[]);
  const sentences = typeof result === "string" ? [result] : checkArray("result", result, checkText, { allowEmpty: false });
  if (settledIn !== undefined) checkText("settledIn", settledIn);
  const where = settledIn ? [`Settled in ${settledIn}.`] : [];
  showCard({ ...looks[verdict], heading: `${verdict}: “${text}”`, lines: [...sentences, ...where] });
}
