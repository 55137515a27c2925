/**
 * Makes fixtures/optimizers.json from the real PyTorch: five steps of each case.
 *
 *     npx tsx test/optim/make-fixtures.ts
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { askPeer } from "../parity/ask-peer.ts";
import { makeQuestion, optimizerCases } from "./torch-cases.ts";

const questions = optimizerCases.map((from, index) => makeQuestion(from, 5, index));
const answers = askPeer("optim.py", questions) as unknown[];
const recorded = questions.map((question, index) => ({ question, answer: answers[index] }));
const folder = path.join(import.meta.dirname, "fixtures");
mkdirSync(folder, { recursive: true });
writeFileSync(path.join(folder, "optimizers.json"), `${JSON.stringify(recorded)}\n`);
