/** The look of code and of what cells put out. Every colour of text keeps a contrast of 4.5 on its ground, light and dark. */

/** Kinds of token: light, dark. */
const kinds: Record<string, [string, string]> = {
  k: ["#94255f", "#e79bc4"],
  s: ["#27673a", "#9fd0a3"],
  c: ["#68655c", "#9d9a90"],
  n: ["#0b5794", "#8fc4f2"],
  f: ["#7a4a08", "#e3be7e"],
  p: ["#4b4a46", "#cfccc4"],
};

export const codeStyle: string = `
.cell { margin: 0 0 1.05rem }
.cell.code { margin: 1.5rem 0 }
.frame { position: relative }
pre.code { --ground: var(--panel); border-radius: 8px; padding: .85em 1.1em }
.cell.markdown pre.code { margin: 0 0 1.1em }
${Object.entries(kinds)
  .map(([kind, [light, dark]]) => `.${kind} { color: light-dark(${light}, ${dark}) }`)
  .join("\n")}
.c { font-style: italic }
.copy { position: absolute; top: .45rem; right: .45rem; font: .7rem/1.4 var(--sans); background: var(--panel); color: var(--soft); opacity: 0 }
.frame:hover .copy, .copy:focus-visible { opacity: 1 }
@media (pointer: coarse) { .copy { display: none } }`;

/** The sixteen colours of a terminal, chosen to be read: light, dark. */
const palette: readonly (readonly [string, string])[] = [
  ["#1d1c1a", "#a3a7af"],
  ["#b3261e", "#ff8f85"],
  ["#1b7038", "#7fd491"],
  ["#7b5800", "#e3c06b"],
  ["#0a58b5", "#86baff"],
  ["#93288f", "#e79be3"],
  ["#0a6873", "#6fd3dd"],
  ["#66645e", "#d8d6d0"],
  ["#5e5c57", "#a8acb4"],
  ["#c0241c", "#ffa59d"],
  ["#19733a", "#9be6ab"],
  ["#825d00", "#f2d58a"],
  ["#125fc9", "#a8ceff"],
  ["#a025a0", "#f0b6ec"],
  ["#0c6b7c", "#98e4ec"],
  ["#3d3b37", "#ffffff"],
];

export const ansiStyle: string = [
  ...palette.flatMap(([light, dark], index) => [
    `.ansi-${index}-fg { color: light-dark(${light}, ${dark}) }`,
    // A tint under ordinary ink, the full colour under inverse video.
    `.ansi-${index}-bg { background: color-mix(in srgb, light-dark(${light}, ${dark}) 22%, transparent) }`,
    `.ansi-paper-fg.ansi-${index}-bg { background: light-dark(${light}, ${dark}) }`,
  ]),
  ".ansi-paper-fg { color: var(--paper) }",
  ".ansi-ink-bg { background: var(--ink) }",
  ".ansi-bold { font-weight: 700 }",
  ".ansi-faint { opacity: .8 }",
  ".ansi-italic { font-style: italic }",
  ".ansi-underline { text-decoration: underline }",
  ".ansi-strike { text-decoration: line-through }",
].join("\n");

export const outputStyle: string = `
.outputs { margin: .7rem 0 0; padding-left: 1.1rem }
.outputs > * + * { margin-top: .7rem }
.outputs > pre.text + pre.text { margin-top: 0 }
pre.text { max-height: 34rem; overflow: auto; padding: .15em 0 }
.outputs > pre.text { border-left: 2px solid var(--line); margin-left: -1.1rem; padding-left: 1.1rem }
pre.stderr { color: var(--soft) }
.error { background: var(--bad-panel); border-left: 3px solid var(--bad); border-radius: 0 6px 6px 0; padding: .6rem .9rem }
.error p { font: 650 .86rem/1.5 var(--sans); color: var(--bad); margin: 0; white-space: pre-wrap }
.error pre { margin-top: .5rem }
.failure { margin: 0 0 2rem }
.failure ul { margin: .3em 0 0; font: .86rem/1.5 var(--sans) }
.note { font: italic .82rem/1.5 var(--sans); color: var(--soft); margin: .4em 0 }
.html { overflow-x: auto; font: .86rem/1.5 var(--sans) }
.html table { font-size: .95em }
.outputs .markdown > :last-child { margin-bottom: 0 }
figure { margin: 0 }
figure.plotly > details, figure.mermaid > details, details.input, details.output, details.hidden, details.solution { font: .84rem/1.5 var(--sans) }
.js figure.plotly:not(.drawn, .failed) { min-height: var(--height) }
.js figure.plotly:not(.drawn, .failed) > details { display: none }
figure.failed > .plot { display: none }
figure.mermaid { margin: 1.2em 0 }
.diagram { overflow-x: auto; text-align: center }
.diagram svg { max-width: none }
.measure { position: absolute; left: -9999px; visibility: hidden }
figure.mermaid > .note:empty { display: none }
summary { cursor: pointer; color: var(--soft); padding: .2em 0 }
summary:hover { color: var(--link) }
details.solution { border: 1px solid var(--line); border-radius: 8px; padding: .35em 1em }
details.solution[open] { padding-bottom: 1em }
details.solution[open] > summary { margin-bottom: .5em }`;
