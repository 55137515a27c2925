export { artifact, artifactPath, loadArtifact, saveArtifact } from "./artifact.ts";
export { check, hint, solution, SolutionError } from "./check.ts";
export { claim, ClaimError } from "./claim.ts";
export { factCheck, type FactCheck, type FactVerdict } from "./fact-check.ts";
export { beat, type BeatOptions, type Rung } from "./ladder.ts";
export { predict, reveal, type RevealOptions } from "./predict.ts";
export { exerciseIds, progress, type Progress } from "./progress.ts";
