/** Learning a form place by place: the teacher is the poet under the constraint, who says of each place how likely each character is that keeps the form. */
import type { GPT } from "../../../kernel-helpers/llm/index.ts";
import { createRandom } from "../../../kernel-helpers/nn/index.ts";
import { tensor, type Tensor } from "../../../kernel-helpers/tensor/index.ts";
import { endId, type Allowed } from "./poems.ts";

/** Whole poems, and poems up to the place of the rhyme; with −10⁴ for each character that breaks the form at a place that is learnt. */
type Rows = Record<"poems" | "barred" | "drills" | "barredRhymes", Tensor>;

export interface TeachingOptions {
  /** Learns. */
  policy: GPT;
  /** Stays as it is: the teacher, once what breaks the form is barred. */
  poet: GPT;
  /** Ids of real poems, of 25 characters each, of which the prefixes are taken. */
  poems: readonly (readonly number[])[];
  allowed: Allowed;
  vocabularySize: number;
  seed: number;
}

const [poemsPerBatch, drillsPerBatch] = [32, 128];
/** Where lines 2 and 4 end, and the first place that is learnt: the prompts have two characters. */
const [rhymed, rhyming, first, last] = [10, 22, 2, 24];

/**
 * A task for `train`. One place in twenty-three asks for the rhyme, and it is the hardest: so it is drilled, with any character that rhymes at the end of line 2.
 * Of half of the drills a share of the other characters rhymes, too, none to all of them: where many do, a model finds the group wherever it looks, learns the
 * groups, and only then has to learn where to look. Without such rows nothing was learnt of the rhyme in a hundred steps.
 */
export function teaching({ policy, poet, poems, allowed, vocabularySize, seed }: TeachingOptions): {
  model: GPT;
  loss: (model: GPT, rows: Rows) => { loss: Tensor; metrics: Record<string, Tensor> };
  batches: Iterable<Rows>;
} {
  const random = createRandom(seed);
  const any = <T>(list: readonly T[]): T => list[random.integer(list.length)]!;
  const ofClass = new Map<Uint8Array, { ids: number[]; barred: Float32Array }>();
  const classAfter = (text: readonly number[]): { ids: number[]; barred: Float32Array } => {
    const own = allowed(text);
    const known = ofClass.get(own) ?? {
      ids: Array.from(own.keys()).filter((id) => own[id] === 1),
      barred: Float32Array.from(own, (is) => (is ? 0 : -1e4)),
    };
    ofClass.set(own, known);
    return known;
  };
  const barredAt = (texts: readonly (readonly number[])[], places: readonly number[]): Tensor => {
    const barred = new Float32Array(texts.length * places.length * vocabularySize);
    texts.forEach((text, row) =>
      places.forEach((place, at) => barred.set(classAfter(text.slice(0, place)).barred, (row * places.length + at) * vocabularySize)),
    );
    return tensor(barred, { shape: [texts.length, places.length, vocabularySize] });
  };
  const asRows = (texts: readonly (readonly number[])[], length: number): Tensor =>
    tensor(
      texts.map((text) => [endId, ...text.slice(0, length)]),
      { dtype: "int64" },
    );
  const drill = (isEased: boolean): number[] => {
    const text = [...any(poems)];
    text[rhymed] = any(classAfter(text.slice(0, rhymed)).ids);
    const mates = classAfter(text.slice(0, rhyming)).ids;
    const share = isEased ? random.next() : 0;
    return text.map((id, place) => (place === rhymed || place % 6 === 5 || random.next() >= share ? id : any(mates)));
  };
  function* batches(): Generator<Rows> {
    const places = Array.from({ length: last + 1 - first }, (_, at) => first + at);
    for (;;) {
      const whole = Array.from({ length: poemsPerBatch }, () => any(poems));
      const drills = Array.from({ length: drillsPerBatch }, (_, row) => drill(row % 2 === 0));
      yield {
        poems: asRows(whole, last),
        barred: barredAt(whole, places),
        drills: asRows(drills, rhyming),
        barredRhymes: barredAt(drills, [rhyming]).squeeze(1),
      };
    }
  }
  const atRhyme = (model: GPT, ids: Tensor): Tensor => model.head(model.transformer.forward(ids).slice(rhyming));
  const whole = (model: GPT, ids: Tensor): Tensor => model.forward(ids).slice(null, [first, last + 1]);
  return {
    model: policy,
    loss: (model, rows) => {
      const poem = divergence(whole(poet, rows.poems).add(rows.barred), whole(model, rows.poems)).sum(1).mean();
      const rhyme = surprise(atRhyme(model, rows.drills), rows.barredRhymes).mean();
      return { loss: poem.mul(0.1).add(rhyme), metrics: { poem, rhyme } };
    },
    batches: batches(),
  };
}

/** KL divergence of two models' next tokens, by their logits, in nats: (…, V) → (…). */
function divergence(teacher: Tensor, pupil: Tensor): Tensor {
  const [target, found] = [teacher.logSoftmax(-1), pupil.logSoftmax(-1)];
  return target.exp().mul(target.sub(found)).sum(-1);
}

/** −ln of the probability of all that is not barred, whichever of it: (…, V) → (…). */
const surprise = (logits: Tensor, barred: Tensor): Tensor => logits.softmax(-1).mul(barred.exp()).sum(-1).log().neg();
