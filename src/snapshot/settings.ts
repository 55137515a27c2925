/**
 * How a cell's outputs are compared: what the command says, then "cairn": { "test": … } in the metadata of the notebook, then in that of the
 * cell, then its tags. What comes later counts; masks and what is left out add up.
 */
import { usualPictureTolerance, usualTolerance, type Tolerance } from "../compare/index.ts";
import { InputError } from "../errors.ts";
import type { CodeCell, Notebook } from "../nbformat/index.ts";
import { nearest } from "../runtime/nearest.ts";
import { maskOf, usualMasks, type Mask } from "./masks.ts";

export interface CellSettings {
  tolerance: Tolerance | undefined;
  pictureTolerance: number;
  masks: readonly Mask[];
  /** Types of outputs that do not count. */
  ignore: ReadonlySet<string>;
  /** Nothing that the cell shows counts. */
  isIgnored: boolean;
}

export interface TestOptions {
  tolerance?: number;
  masks?: readonly string[];
  /** No tolerance, and no masks but those that are given. */
  exact?: boolean;
}

/** nbval's tags count, too. */
const ignoringTags: ReadonlySet<string> = new Set(["ignore-output", "nbval-ignore-output", "nbval-skip"]);
const toleranceTag = /^tolerance:(.*)$/;

const ofNumbers = (amount: number): Tolerance => ({ relative: amount, absolute: usualTolerance.absolute, integers: true });

/** Warnings come and go with versions and machines. */
const usuallyIgnored: ReadonlySet<string> = new Set(["stderr"]);

export function commandSettings({ tolerance, masks = [], exact = false }: TestOptions, folder: string): CellSettings {
  return {
    tolerance: tolerance !== undefined ? ofNumbers(tolerance) : exact ? undefined : usualTolerance,
    pictureTolerance: exact ? 0 : usualPictureTolerance,
    masks: [...masks.map((mask) => maskOf(mask, "--mask")), ...(exact ? [] : usualMasks(folder))],
    ignore: usuallyIgnored,
    isIgnored: false,
  };
}

/** @throws {InputError} A setting that does not exist, or has a value that it cannot have. */
export function notebookSettings(settings: CellSettings, { metadata }: Notebook, path: string): CellSettings {
  return adjusted(settings, metadata, `the metadata of ${path}`);
}

/** @throws {InputError} As `notebookSettings`. */
export function cellSettings(settings: CellSettings, { metadata }: CodeCell, where: string): CellSettings {
  const own = adjusted(settings, metadata, `the metadata of ${where}`);
  const tags = metadata.tags ?? [];
  const amounts = tags
    .flatMap((tag) => toleranceTag.exec(tag)?.[1] ?? [])
    .map((text) => amountOf(Number(text.trim() || NaN), `the tag tolerance:${text} of ${where}`));
  return {
    ...own,
    ...(amounts.length > 0 ? { tolerance: ofNumbers(Math.max(...amounts)) } : {}),
    isIgnored: tags.some((tag) => ignoringTags.has(tag)),
  };
}

const isFields = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null && !Array.isArray(value);

type Change = (settings: CellSettings, value: unknown, where: string) => CellSettings;

const changes: Readonly<Record<string, Change>> = {
  tolerance: (settings, value, where) => ({ ...settings, tolerance: toleranceOf(value, where) }),
  picture: (settings, value, where) => ({ ...settings, pictureTolerance: amountOf(value, where) }),
  mask: (settings, value, where) => ({ ...settings, masks: [...[value].flat().map((each) => ownMask(each, where)), ...settings.masks] }),
  ignore: (settings, value, where) => ({ ...settings, ignore: new Set([...settings.ignore, ...textsOf(value, where)]) }),
  compare: (settings, value, where) => ({
    ...settings,
    ignore: new Set([...settings.ignore].filter((type) => !textsOf(value, where).includes(type))),
  }),
};

function adjusted(settings: CellSettings, metadata: Record<string, unknown>, where: string): CellSettings {
  const own = (metadata["cairn"] as { test?: unknown } | null | undefined)?.test;
  if (own === undefined) return settings;
  if (!isFields(own)) throw wrong(`${where}: cairn.test`, "an object", own);
  return Object.entries(own).reduce((current, [name, value]) => {
    const change = Object.hasOwn(changes, name) ? changes[name] : undefined;
    if (change) return change(current, value, `${where}: cairn.test.${name}`);
    const meant = nearest(name, Object.keys(changes));
    throw new InputError(`${where}: there is no setting cairn.test.${name}`, {
      hint: meant === undefined ? `settings: ${Object.keys(changes).join(", ")}` : `did you mean "${meant}"?`,
      facts: { name, expected: Object.keys(changes) },
    });
  }, settings);
}

const wrong = (where: string, expected: string, value: unknown): InputError =>
  new InputError(`${where} must be ${expected}, got ${JSON.stringify(value)}`, { facts: { where, expected, value } });

function amountOf(value: unknown, where: string): number {
  if (typeof value === "number" && value >= 0) return value;
  throw wrong(where, "a number ≥ 0", value);
}

function toleranceOf(value: unknown, where: string): Tolerance {
  if (!isFields(value)) return ofNumbers(amountOf(value, where));
  const { relative = 0, absolute = 0, ...rest } = value;
  if (Object.keys(rest).length > 0) throw wrong(where, '{ "relative": number, "absolute": number }', value);
  return { relative: amountOf(relative, `${where}.relative`), absolute: amountOf(absolute, `${where}.absolute`), integers: true };
}

function textsOf(value: unknown, where: string): string[] {
  const texts: unknown[] = [value].flat();
  if (texts.every((text) => typeof text === "string")) return texts;
  throw wrong(where, "a string, or a list of strings", value);
}

function ownMask(value: unknown, where: string): Mask {
  if (typeof value === "string") return maskOf(value, where);
  if (isFields(value) && typeof value["pattern"] === "string" && typeof (value["as"] ?? "") === "string")
    return maskOf(value["pattern"], where, (value["as"] as string | undefined) ?? "<masked>");
  throw wrong(where, 'a regular expression, or { "pattern": …, "as": … }', value);
}
