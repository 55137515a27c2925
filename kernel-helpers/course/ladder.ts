/** A number beside what chance, the classics and the best published work reach: the only way to know whether it is good. */
import { argumentError, checkArray, checkBoolean, checkChoice, checkNumber, checkOptions, checkText } from "../runtime/check.ts";
import { escapeHtml } from "../runtime/printable.ts";
import { showCard } from "./card.ts";
import { holdTo } from "./claim.ts";

export interface Rung {
  name: string;
  value: number;
  /** Where the number comes from: a paper, "measured above". */
  source?: string;
}

export interface BeatOptions {
  value: number;
  /** What the value must reach. */
  target: number;
  /** The number to beat, shown as a rung of its own. */
  baseline?: number;
  /** @default true */
  higherIsBetter?: boolean;
  unit?: string;
  ladder?: readonly Rung[];
  /** What must come of it whenever the course is run as a whole: the default "misses", a good idea "reaches". */
  expect?: "misses" | "reaches";
}

const format = (value: number, unit: string): string => `${Number(value.toPrecision(4))}${unit && ` ${unit}`}`;

/** The widths of bars, in per cent: linear, or by the logarithm where the largest is more than a thousand times the smallest. */
function barWidths(sizes: readonly number[]): (size: number) => number {
  const top = Math.max(...sizes) || 1;
  const bottom = Math.min(...sizes.filter((size) => size > 0), top);
  const scale = top / bottom > 1000 ? Math.log(top / bottom) : undefined;
  return (size) => Math.max(0.5, scale === undefined ? (100 * size) / top : size === 0 ? 0 : 4 + (96 * Math.log(size / bottom)) / scale);
}

function checkRung(name: string, rung: unknown): Rung {
  if (rung === undefined) throw argumentError(name, "{ name, value }", rung);
  checkOptions(name, rung, ["name", "value", "source"]);
  const { name: label, value, source } = rung as Rung;
  checkText(`${name}.name`, label);
  checkNumber(`${name}.value`, value);
  if (source !== undefined) checkText(`${name}.source`, source);
  return rung as Rung;
}

/**
 * Shows the number among its baselines, worst first, and says whether it reaches the target.
 *
 * @example
 * beat('hit@1', { value: 0.91, target: 0.8, ladder: [{ name: 'chance', value: 1 / 150 }, { name: 'BM25', value: 0.78 }] })
 */
export function beat(metric: string, options: BeatOptions): void {
  checkText("metric", metric);
  if (options === undefined) throw argumentError("options", "{ value, target }", options);
  checkOptions("options", options, ["value", "target", "baseline", "higherIsBetter", "unit", "ladder", "expect"]);
  const { baseline } = options;
  const value = checkNumber("value", options.value);
  const target = checkNumber("target", options.target);
  if (baseline !== undefined) checkNumber("baseline", baseline);
  const higherIsBetter = checkBoolean("higherIsBetter", options.higherIsBetter ?? true);
  const unit = checkText("unit", options.unit ?? "", { allowEmpty: true });
  const ladder = checkArray("ladder", options.ladder ?? [], checkRung);
  const { expect } = options;
  if (expect !== undefined) checkChoice("expect", expect, ["misses", "reaches"]);
  const passed = higherIsBetter ? value >= target : value <= target;
  const rungs = [
    ...ladder,
    ...(baseline === undefined ? [] : [{ name: "the number to beat", value: baseline }]),
    { name: "target", value: target },
    { name: "yours", value },
  ].toSorted((one, other) => (higherIsBetter ? one.value - other.value : other.value - one.value));
  const widthOf = barWidths(rungs.map((rung) => Math.abs(rung.value)));
  const bars = rungs.map((rung) => {
    const weight = rung.name === "yours" ? "700" : "400";
    const color = rung.name === "yours" ? "#0072B2" : "rgba(128,128,128,0.5)";
    const note = "source" in rung && rung.source ? ` <small>${escapeHtml(rung.source)}</small>` : "";
    const width = widthOf(Math.abs(rung.value)).toFixed(1);
    return (
      `<tr style="font-weight:${weight}"><td style="text-align:left">${escapeHtml(rung.name)}${note}</td>` +
      `<td style="text-align:right;white-space:nowrap">${escapeHtml(format(rung.value, unit))}</td>` +
      `<td style="width:45%"><div style="background:${color};height:.8em;width:${width}%"></div></td></tr>`
    );
  });
  showCard({
    tone: passed ? "good" : "bad",
    mark: passed ? "✓" : "✗",
    heading: `${metric}: ${format(value, unit)}, ${passed ? "reaches" : "misses"} the target of ${format(target, unit)}`,
    lines: higherIsBetter ? [] : ["Lower is better."],
    figure: {
      html: `<table style="width:100%"><tbody>${bars.join("")}</tbody></table>`,
      text: rungs.map((rung) => `  ${rung.name.padEnd(32)} ${format(rung.value, unit)}`).join("\n"),
    },
  });
  const came = passed ? "reaches" : "misses";
  if (expect !== undefined && came !== expect) holdTo(`${metric}: ${format(value, unit)} ${expect} the target of ${format(target, unit)}`);
}
