/**
 * Progress of long work: one updating output in a notebook, one line on a terminal, a line now and then in a log. Work that is done
 * within a second shows nothing.
 */
import { display, insideKernel } from "./display.ts";
import { escapeHtml } from "./printable.ts";

export interface ProgressState {
  done: number;
  total: number;
  /** How much was done when the clock began. @default 0 */
  from?: number;
  /** What to say in the place of the speed, such as "loss 1.84 · 5,200 tokens/s". */
  note?: string | undefined;
}

export interface ProgressOptions {
  /** What is under way, as the reader would say it. */
  label: string;
  total: number;
  /** Name of the things counted; "bytes" are shown as kB, MB and GB. */
  unit: string;
  /** How much is done already, as in a run that goes on. @default 0 */
  from?: number;
  /** @default Date.now */
  clock?: () => number;
  /** Where a line goes outside a notebook. @default process.stderr */
  stream?: { isTTY?: boolean | undefined; write(text: string): unknown };
}

export interface Progress {
  /** @param note What to say in the place of the speed. */
  update(done: number, note?: string): void;
  /** Ends the display, also after a failure; what was reached stays visible. */
  close(): void;
}

const firstAfterMs = 1000;
const redrawMs = 200;
const logMs = 10_000;

let shown = 0;

export function createProgress(options: ProgressOptions): Progress {
  const { label, total, unit, from = 0, clock = Date.now, stream = process.stderr } = options;
  const start = clock();
  const draw = insideKernel() ? notebookDrawer(label, total) : lineDrawer(stream);
  const everyMs = insideKernel() || stream.isTTY ? redrawMs : logMs;
  let drawn = 0;
  let reached = from;
  let said: string | undefined;
  let next = start + firstAfterMs;

  const text = (): string => progressLine(label, { done: reached, total, from, note: said }, unit, (clock() - start) / 1000);
  return {
    update(done, note) {
      reached = done;
      said = note;
      const now = clock();
      if (now < next) return;
      next = now + everyMs;
      draw(text(), reached, drawn++ === 0);
    },
    close() {
      if (drawn === 0) return;
      draw(text(), reached, false);
      if (!insideKernel() && stream.isTTY) stream.write("\n");
    },
  };
}

/** One line: label, share, amount, note or speed, time left. */
export function progressLine(label: string, { done, total, from = 0, note }: ProgressState, unit: string, seconds: number): string {
  const share = total > 0 ? Math.min(1, done / total) : 0;
  const speed = seconds > 0 ? (done - from) / seconds : 0;
  const parts = [
    `${Math.floor(share * 100)}%`.padStart(4),
    unit === "bytes" ? `${amount(done, unit)} of ${amount(total, unit)}` : `${done} of ${total} ${unit}`,
  ];
  if (note !== undefined) parts.push(note);
  else if (speed > 0) parts.push(`${amount(speed, unit)}/s`);
  parts.push(speed > 0 && done < total ? `${duration((total - done) / speed)} left` : duration(seconds));
  return `${label}  ${parts.join(" · ")}`;
}

function amount(value: number, unit: string): string {
  if (unit === "bytes") return readableBytes(value);
  return `${value < 10 ? Number(value.toPrecision(2)) : Math.round(value)} ${unit}`;
}

/** 1234567 → "1.2 MB". */
export function readableBytes(value: number): string {
  const power = Math.min(3, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)));
  return `${(value / 1000 ** power).toFixed(power === 0 ? 0 : 1)} ${["B", "kB", "MB", "GB"][power]}`;
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

type Drawer = (line: string, done: number, isFirst: boolean) => void;

function notebookDrawer(label: string, total: number): Drawer {
  const displayId = `cairn-progress-${process.pid}-${++shown}`;
  return (line, done, isFirst) => {
    const bar = `<progress max="${total}" value="${done}" aria-label="${escapeHtml(label)}"></progress>`;
    display({ "text/plain": line, "text/html": `<div>${bar} ${escapeHtml(line)}</div>` }, { displayId, update: !isFirst });
  };
}

function lineDrawer(stream: NonNullable<ProgressOptions["stream"]>): Drawer {
  return (line) => stream.write(stream.isTTY ? `\r\u001b[K${line}` : `${line}\n`);
}
