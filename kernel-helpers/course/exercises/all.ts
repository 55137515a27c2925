/** Every exercise of the course, in the order of the notebooks. A new file is added here. */
import type { Exercise } from "../exercise.ts";
import { factCheck } from "./00-fact-check.ts";
import { tokenization } from "./01-tokenization.ts";
import { embeddings } from "./02-embeddings.ts";
import { vectorDatabases } from "./03-vector-databases.ts";
import { semanticSearch } from "./04-semantic-search.ts";
import { autograd } from "./05-autograd.ts";
import { transformer } from "./06-transformer.ts";
import { huggingFace } from "./07-hugging-face.ts";
import { fineTuning } from "./08-fine-tuning.ts";
import { teachAnEncoderChinese } from "./09-teach-an-encoder-chinese.ts";
import { rlhf } from "./10-rlhf.ts";
import { dpoAndGrpo } from "./11-dpo-and-grpo.ts";
import { mixtureOfExperts } from "./12-mixture-of-experts.ts";
import { distributed } from "./13-distributed.ts";
import { rag } from "./14-rag.ts";
import { agents } from "./15-agents.ts";
import { multimodal } from "./16-multimodal.ts";
import { production } from "./17-production.ts";

export const exercises: readonly Exercise[] = [
  ...factCheck,
  ...tokenization,
  ...embeddings,
  ...vectorDatabases,
  ...semanticSearch,
  ...autograd,
  ...transformer,
  ...huggingFace,
  ...fineTuning,
  ...teachAnEncoderChinese,
  ...rlhf,
  ...dpoAndGrpo,
  ...mixtureOfExperts,
  ...distributed,
  ...rag,
  ...agents,
  ...multimodal,
  ...production,
];
