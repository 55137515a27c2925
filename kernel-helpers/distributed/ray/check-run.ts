/** What every run of this room is told: the cluster, a folder, what a worker takes, and what may go wrong. */
import path from "node:path";
import { checkInteger, checkNumber, checkObject, checkOptions, checkSignal, checkText } from "../../runtime/check.ts";
import { checkAddress, type RayAddress } from "./connection.ts";

interface RunOptions {
  cluster: RayAddress;
  folder: string;
  threads?: number;
  resources?: { cpus?: number; gpus?: number };
  deaths?: number;
  restarts?: number;
  patience?: number;
  signal?: AbortSignal;
}

export interface CheckedRun extends Required<Omit<RunOptions, "resources" | "signal">> {
  cpus: number;
  gpus: number;
}

/** @returns The options with their defaults, the folder as an absolute path. */
export function checkRun({ cluster, folder, resources = {}, signal, ...limits }: RunOptions): CheckedRun {
  const { threads = 1, deaths = 3, restarts = 3, patience = 120 } = limits;
  checkObject("cluster", cluster, { hint: "pass { address, token }, or startRay()'s cluster" });
  checkOptions("cluster", cluster, ["address", "token"]);
  checkAddress(cluster);
  checkText("folder", folder, { allowEmpty: false });
  checkInteger("threads", threads, { min: 1 });
  checkInteger("deaths", deaths, { min: 0 });
  checkInteger("restarts", restarts, { min: 0 });
  checkNumber("patience", patience, { min: 0 });
  checkOptions("resources", resources, ["cpus", "gpus"]);
  const { cpus = threads, gpus = 0 } = resources;
  checkNumber("resources.cpus", cpus, { min: 0 });
  checkNumber("resources.gpus", gpus, { min: 0 });
  checkSignal("signal", signal);
  return { cluster, folder: path.resolve(folder), threads, cpus, gpus, deaths, restarts, patience };
}
