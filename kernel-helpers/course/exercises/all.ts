/** Every exercise of the course, in the order of the notebooks. A new file is added here. */
import type { Exercise } from "../exercise.ts";
import { vectorDatabases } from "./03-vector-databases.ts";

export const exercises: readonly Exercise[] = [...vectorDatabases];
