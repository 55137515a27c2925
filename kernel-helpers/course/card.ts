/** The one look of what the course says in a notebook: a line of colour, a heading, paragraphs. Reads on light and dark pages. */
import { display } from "../runtime/display.ts";
import { escapeHtml } from "../runtime/printable.ts";

/** Okabe–Ito; the colour only repeats what the mark and the words say. */
const tones = { good: "#009E73", bad: "#D55E00", open: "#E69F00", note: "#0072B2" };

export type Tone = keyof typeof tones;

export interface Card {
  tone: Tone;
  /** One sign before the heading, such as ✓ or ✗. */
  mark: string;
  heading: string;
  /** Paragraphs of plain text. */
  lines: readonly string[];
  /** HTML after the paragraphs, and the same as text. */
  figure?: { html: string; text: string };
}

export function showCard({ tone, mark, heading, lines, figure }: Card): void {
  const body = lines.map((text) => `<p style="margin:.3em 0">${escapeHtml(text)}</p>`).join("");
  display({
    "text/html":
      `<div style="border-left:4px solid ${tones[tone]};padding:.4em .9em;margin:.5em 0">` +
      `<p style="margin:.2em 0"><strong><span style="color:${tones[tone]}">${mark}</span> ${escapeHtml(heading)}</strong></p>` +
      `${body}${figure?.html ?? ""}</div>`,
    "text/plain": [`${mark} ${heading}`, ...lines.map((text) => `  ${text}`), ...(figure ? [figure.text] : [])].join("\n"),
  });
}
