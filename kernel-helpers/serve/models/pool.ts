/**
 * The models of a server: opened when they are first asked for, closed when others need their memory, and exchanged while they are in use. A new
 * version first answers the questions of a gate, then takes a share of the requests beside the old one, and only then takes over; where it fails, the old
 * one has never been away.
 */
import { FairQueue } from "../admission/fair-queue.ts";
import { ApiError } from "../api-error.ts";
import { checkFunction, checkInteger, checkNumber, checkOptions } from "../../runtime/check.ts";
import { passGate, type Gate, type GateReport } from "./gate.ts";
import { bytesOf, cacheBytesOf, openServed, type CheckedModel, type Opened } from "./served-model.ts";

export interface Canary {
  /** Share of the requests that the new version gets. @default 0.1 */
  share?: number;
  /** Requests after which it takes over. @default 20 */
  requests?: number;
  /** Failures at which it is taken back. @default 1 */
  failures?: number;
  /** Whether a whole answer of the new version will do; one that will not counts as a failure. @default any will */
  judge?: (text: string) => boolean;
}

export function checkCanary(canary: Canary): Canary {
  checkOptions("canary", canary, ["share", "requests", "failures", "judge"]);
  const { share, requests, failures, judge } = canary;
  if (share !== undefined) checkNumber("canary.share", share, { above: 0, max: 1 });
  if (requests !== undefined) checkInteger("canary.requests", requests, { min: 1 });
  if (failures !== undefined) checkInteger("canary.failures", failures, { min: 1 });
  if (judge !== undefined) checkFunction("canary.judge", judge);
  return canary;
}

export interface ReloadReport {
  outcome: "exchanged" | "refused by the gate" | "rolled back";
  gate: GateReport;
  /** Of the canary: requests that it has answered, and that failed. */
  canary: { requests: number; failures: number };
}

/** One version of a model, with the requests that use it. */
class Version {
  readonly opened: Opened;
  readonly bytes: number;
  users = 0;
  #isRetired = false;
  #closed: Promise<void> | undefined;

  constructor(opened: Opened, bytes: number) {
    this.opened = opened;
    this.bytes = bytes;
  }

  /** Closes it when the last request has left. */
  retire(): void {
    this.#isRetired = true;
    this.leave(0);
  }

  leave(users: number = 1): void {
    this.users -= users;
    if (this.#isRetired && this.users === 0) void this.close();
  }

  close(): Promise<void> {
    return (this.#closed ??= this.opened.model[Symbol.asyncDispose]());
  }
}

interface Trial {
  version: Version;
  plan: Required<Canary>;
  requests: number;
  failures: number;
  /** Requests seen since it began, by which its share is dealt out. */
  seen: number;
  settle: () => void;
}

export interface Lease {
  opened: Opened;
  /**
   * @param isFailed Whether the model failed, rather than the request.
   * @param text What it has answered, where that is whole.
   */
  leave: (isFailed?: boolean, text?: string) => void;
}

interface Entry {
  served: CheckedModel;
  queue: FairQueue;
  version: Version | undefined;
  opening: Promise<Version> | undefined;
  trial: Trial | undefined;
  usedAt: number;
}

export class ModelPool implements AsyncDisposable {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #budget: number;
  #isClosed = false;

  /**
   * @param budget Bytes that the open models may take.
   * @param mostWaiting Requests that may wait for each.
   */
  constructor(models: readonly CheckedModel[], budget: number, mostWaiting: number) {
    this.#budget = budget;
    this.#entries = new Map(
      models.map((served) => {
        const queue = new FairQueue(served.slots, mostWaiting);
        return [served.id, { served, queue, version: undefined, opening: undefined, trial: undefined, usedAt: 0 }];
      }),
    );
  }

  get list(): { id: string; kind: CheckedModel["kind"]; queue: FairQueue; opened: Opened | undefined; bytes: number }[] {
    return [...this.#entries.values()].map(({ served: { id, kind }, queue, version }) => {
      return { id, kind, queue, opened: version?.opened, bytes: version?.bytes ?? 0 };
    });
  }

  /** @throws {ApiError} 404: there is no model of that name, or it does something else. */
  find(id: string, kind: CheckedModel["kind"]): Entry {
    const entry = this.#entries.get(id);
    if (entry?.served.kind === kind) return entry;
    const known = this.list.filter((one) => one.kind === kind).map((one) => one.id);
    const served = known.length > 0 ? `Models that do: ${known.join(", ")}.` : "No model served here does.";
    const does = { chat: "write text", embeddings: "give embeddings", rerank: "rerank" }[kind];
    const message = entry ? `The model \`${id}\` does not ${does}. ${served}` : `The model \`${id}\` does not exist. ${served}`;
    throw new ApiError(404, "invalid_request_error", message, { code: "model_not_found", param: "model" });
  }

  /** Takes the model for a request, and opens it where it is not. */
  async lease(id: string, kind: CheckedModel["kind"]): Promise<Lease> {
    const entry = this.find(id, kind);
    entry.usedAt = performance.now();
    const trial = this.#dealt(entry);
    const version = trial?.version ?? entry.version ?? (await this.#open(entry));
    version.users++;
    const leave = (isFailed = false, text?: string): void => {
      version.leave();
      if (isFailed && version === entry.version && !trial) this.#drop(entry, version);
      if (trial && trial === entry.trial) this.#judge(trial, isFailed || (text !== undefined && !willDo(trial, text)));
    };
    return { opened: version.opened, leave };
  }

  async openAll(): Promise<void> {
    for (const entry of this.#entries.values()) if (!entry.version) await this.#open(entry);
  }

  /**
   * Opens a model anew, from the same place or another, and lets it take over once it has answered the gate's questions and stood its trial.
   *
   * @param change What differs of how it is opened.
   */
  async reload(id: string, change: Partial<CheckedModel>, gate?: Gate, canary?: Canary): Promise<ReloadReport> {
    const entry = this.#entries.get(id);
    if (!entry) throw new ApiError(404, "invalid_request_error", `The model \`${id}\` does not exist.`, { code: "model_not_found" });
    if (entry.trial) throw new ApiError(409, "invalid_request_error", `The model \`${id}\` is being exchanged already.`);
    const served = { ...entry.served, ...change, id, kind: entry.served.kind, slots: entry.served.slots };
    const version = await this.#load(served, entry);
    try {
      const report = await passGate(version.opened, gate);
      if (!report.passed) {
        await version.close();
        return { outcome: "refused by the gate", gate: report, canary: { requests: 0, failures: 0 } };
      }
      const trial = canary && (await this.#tryOut(entry, version, canary));
      const counts = { requests: trial?.requests ?? 0, failures: trial?.failures ?? 0 };
      if (trial && trial.failures >= trial.plan.failures) {
        version.retire();
        return { outcome: "rolled back", gate: report, canary: counts };
      }
      const old = entry.version;
      entry.version = version;
      entry.served = served;
      old?.retire();
      return { outcome: "exchanged", gate: report, canary: counts };
    } catch (error) {
      version.retire();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { version, trial, opening } of this.#entries.values()) {
      trial?.settle();
      await Promise.all([version?.close(), trial?.version.close(), opening?.then((one) => one.close()).catch(() => {})]);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #tryOut(entry: Entry, version: Version, { share = 0.1, requests = 20, failures = 1, judge = () => true }: Canary): Promise<Trial> {
    const { promise, settle } = later();
    entry.trial = { version, plan: { share, requests, failures, judge }, requests: 0, failures: 0, seen: 0, settle };
    const { trial } = entry;
    await promise;
    entry.trial = undefined;
    return trial;
  }

  /** The trial, where this request is one of its share. */
  #dealt({ trial }: Entry): Trial | undefined {
    if (!trial) return undefined;
    const { share } = trial.plan;
    return Math.floor(++trial.seen * share) > Math.floor((trial.seen - 1) * share) ? trial : undefined;
  }

  #judge(trial: Trial, isFailed: boolean): void {
    trial.requests++;
    if (isFailed) trial.failures++;
    if (trial.failures >= trial.plan.failures || trial.requests >= trial.plan.requests) trial.settle();
  }

  /** A model that has failed is opened anew by the next request. */
  #drop(entry: Entry, version: Version): void {
    entry.version = undefined;
    version.retire();
  }

  #open(entry: Entry): Promise<Version> {
    if (this.#isClosed) throw new ApiError(503, "server_error", "The server is shutting down.", { code: "shutting_down", retryAfter: 5 });
    entry.opening ??= this.#load(entry.served, entry)
      .then((version) => (entry.version = version))
      .finally(() => (entry.opening = undefined));
    return entry.opening;
  }

  async #load(served: CheckedModel, entry: Entry): Promise<Version> {
    const weights = await bytesOf(served);
    this.#makeRoom(weights, entry);
    const opened = await openServed(served);
    const version = new Version(opened, weights + (opened.kind === "chat" ? cacheBytesOf(opened) : 0));
    try {
      this.#makeRoom(version.bytes, entry); // how much its cache takes is known only now
      return version;
    } catch (error) {
      await version.close();
      throw error;
    }
  }

  /** Closes models that nobody uses, the least recently used first. */
  #makeRoom(bytes: number, but: Entry): void {
    const taken = (): number => this.list.reduce((sum, one) => sum + one.bytes, 0);
    const idle = [...this.#entries.values()]
      .filter((entry) => entry !== but && entry.version?.users === 0 && !entry.trial)
      .sort((one, other) => one.usedAt - other.usedAt);
    while (taken() + bytes > this.#budget) {
      const entry = idle.shift();
      if (!entry) {
        const message = `There is no memory for the model \`${but.served.id}\` beside those in use.`;
        throw new ApiError(503, "server_error", message, { code: "out_of_memory", retryAfter: 10 });
      }
      const { version } = entry;
      entry.version = undefined;
      version?.retire();
    }
  }
}

/** A judge that throws has not said that it will. */
function willDo({ plan }: Trial, text: string): boolean {
  try {
    return plan.judge(text);
  } catch {
    return false;
  }
}

function later(): { promise: Promise<void>; settle: () => void } {
  let settle = (): void => {};
  const promise = new Promise<void>((resolve) => (settle = resolve));
  return { promise, settle };
}
