/** The look of a page: one column of text at a comfortable measure, light and dark by `light-dark()`, a phone, paper. */
import { ansiStyle, codeStyle, outputStyle } from "./output-style.ts";

const colours = `
:root {
  color-scheme: light dark;
  --paper: light-dark(#ffffff, #15171b);
  --panel: light-dark(#f6f5f1, #1d2026);
  --ink: light-dark(#1d1c1a, #e5e2db);
  --soft: light-dark(#5f5b53, #a8a49a);
  --shade: light-dark(#1d1c1a33, #000000b0);
  --line: light-dark(#e2dfd6, #343840);
  --link: light-dark(#0a5a94, #8bc3f3);
  --accent: light-dark(#c9cfd6, #4a5460);
  --mark: light-dark(#fff1b8, #55470f);
  --bad: light-dark(#a3261c, #ff9d92);
  --bad-panel: light-dark(#fdf3f1, #2a1c1c);
  --prose: Charter, "Bitstream Charter", "Iowan Old Style", "Sitka Text", Cambria, "Noto Serif", "Liberation Serif", "Songti SC", "Noto Serif CJK SC", serif;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", "PingFang SC", "Noto Sans CJK SC", monospace;
  color: var(--ink);
}`;

const text = `
* { box-sizing: border-box }
html { background: var(--paper); font: 112.5%/1.62 var(--prose); scroll-padding-top: 4.5rem; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; text-autospace: normal }
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth } }
body { margin: 0; overflow-wrap: break-word }
h1, h2, h3, h4, h5, h6 { font-family: var(--sans); line-height: 1.22; letter-spacing: -.012em; text-wrap: balance; margin: 2.2em 0 .6em }
h1 { font-size: 2.1rem; letter-spacing: -.022em; margin: 0 0 .8em }
h2 { font-size: 1.45rem; margin-top: 2.6em }
h3 { font-size: 1.12rem }
h4, h5, h6 { font-size: 1rem }
p, ul, ol, blockquote, dl { margin: 0 0 1.05em; text-wrap: pretty }
ul, ol { padding-inline-start: 1.5em }
li { margin: .28em 0 }
li > p { margin: .3em 0 }
a { color: var(--link); text-decoration-thickness: .06em; text-underline-offset: .18em }
a:hover { text-decoration-thickness: .12em }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 2px }
strong { font-weight: 700 }
blockquote { margin-inline-start: 0; padding-inline-start: 1.1em; border-inline-start: 3px solid var(--accent); color: var(--soft) }
hr { border: 0; border-top: 1px solid var(--line); margin: 2.5em 0 }
img, svg, video { max-width: 100%; height: auto }
mark { background: var(--mark); color: inherit }
kbd { font: .8em var(--mono); border: 1px solid var(--line); border-bottom-width: 2px; border-radius: 4px; padding: .1em .4em }
code { font: .86em var(--mono); background: var(--panel); border-radius: 4px; padding: .12em .34em }
pre { margin: 0; overflow-x: auto; font: .78rem/1.6 var(--mono); tab-size: 2 }
pre code { font: inherit; background: none; padding: 0 }
.scroll { overflow-x: auto; margin: 0 0 1.2em }
pre.code, .scroll {
  /* A shadow at an edge where something is cut off: two covers travel with the text and hide it where the text ends. */
  background:
    linear-gradient(to right, var(--ground, var(--paper)) 33%, transparent) left / 3em 100% local,
    linear-gradient(to left, var(--ground, var(--paper)) 33%, transparent) right / 3em 100% local,
    linear-gradient(to right, var(--shade), transparent) left / 1em 100%,
    linear-gradient(to left, var(--shade), transparent) right / 1em 100%,
    var(--ground, var(--paper));
  background-repeat: no-repeat;
}
table { border-collapse: collapse; font: .82rem/1.45 var(--sans); font-variant-numeric: tabular-nums }
th, td { padding: .38em .9em .38em 0; border-bottom: 1px solid var(--line); text-align: start; vertical-align: top }
th[align=right], td[align=right] { text-align: right }
th[align=center], td[align=center] { text-align: center }
thead th { border-bottom: 1.5px solid var(--soft); font-weight: 650; vertical-align: bottom }
caption { text-align: left; font-weight: 650; padding: 0 0 .5em }
.alert { --tone: var(--link); border-inline-start: 3px solid var(--tone); background: var(--panel); border-radius: 6px; padding: .7em 1.1em; margin: 0 0 1.2em }
.alert > :last-child { margin-bottom: 0 }
.alert-title { font: 650 .86rem/1.4 var(--sans); color: var(--tone); margin: 0 0 .4em }
.alert-tip, .alert-success { --tone: light-dark(#1b7038, #7fd491) }
.alert-important { --tone: light-dark(#7a3ea0, #cfa5ee) }
.alert-warning { --tone: light-dark(#7b5800, #e3c06b) }
.alert-caution, .alert-danger { --tone: var(--bad) }
.task { font-family: var(--sans); margin-right: .2em }
li:has(> .task) { list-style: none; margin-left: -1.3em }
sup { font-size: .72em; line-height: 0 }
sup a[data-footnote-ref] { text-decoration: none; padding: 0 .15em; font-family: var(--sans) }
.footnotes { font-size: .85em; color: var(--soft); border-top: 1px solid var(--line); margin-top: 1.6em; padding-top: .8em }
.katex { font-size: 1.08em }
.katex-display { overflow-x: auto; overflow-y: hidden; padding: .25em 0; margin: 1.1em 0 }
.math-error { color: var(--bad) }`;

const page = `
.skip { position: absolute; left: -999px; background: var(--paper); padding: .6em 1em; z-index: 3 }
.skip:focus { left: .5rem; top: .5rem }
.bar { position: sticky; top: 0; z-index: 2; display: flex; gap: 1.1rem; align-items: center; padding: .5rem max(1rem, calc((100vw - 69.5rem) / 2)); font: .82rem/1.4 var(--sans); background: color-mix(in srgb, var(--paper) 92%, transparent); backdrop-filter: blur(8px); border-bottom: 1px solid var(--line) }
.bar .where { flex: 1; min-width: 0; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; color: var(--soft) }
.bar a { color: inherit; text-decoration: none; white-space: nowrap }
.bar a:hover { text-decoration: underline }
.bar .home { font-weight: 700; color: var(--ink) }
button { font: inherit; color: inherit; background: none; border: 1px solid var(--line); border-radius: 6px; padding: .22em .7em; cursor: pointer }
button:hover { border-color: var(--soft) }
html:not(.js) button { display: none }
.layout { display: grid; grid-template-columns: minmax(0, 44rem); justify-content: center; gap: 3.5rem; padding: 2.6rem 1.15rem 4rem }
aside { display: none }
.phone-contents { font: .9rem/1.5 var(--sans); border-block: 1px solid var(--line); padding: .6em 0; margin: 0 0 2rem }
nav ol { list-style: none; margin: 0; padding: 0 }
nav li { margin: 0 }
nav li.l3 { padding-left: 1em }
aside nav a, .phone-contents nav a { display: block; padding: .22em 0; color: var(--soft); text-decoration: none }
aside nav a:hover, .phone-contents nav a:hover { color: var(--link) }
aside nav a[aria-current] { color: var(--ink); font-weight: 600 }
@media (min-width: 68rem) {
  .layout { padding-top: 3.2rem }
  .layout:has(aside) { grid-template-columns: 14rem minmax(0, 52rem) }
  .cell.markdown > :is(p, ul, ol, blockquote, dl, h1, h2, h3, h4, section), .outputs .markdown > :is(p, ul, ol) { max-width: 42rem }
  aside { display: block; font: .8rem/1.45 var(--sans) }
  aside nav { position: sticky; top: 5rem; max-height: calc(100vh - 7rem); overflow-y: auto }
  .phone-contents { display: none }
}
@media (max-width: 40rem) {
  html { font-size: 104% }
  h1 { font-size: 1.65rem }
  h2 { font-size: 1.28rem }
  .layout { padding-top: 1.6rem }
  .bar { gap: .8rem }
  .outputs { padding-left: .7rem }
  .outputs > pre.text { margin-left: -.7rem; padding-left: .7rem }
}
.pager { display: flex; flex-wrap: wrap; gap: 1rem; justify-content: space-between; margin-top: 4rem; padding-top: 1.2rem; border-top: 1px solid var(--line); font: .88rem/1.4 var(--sans) }
.pager a { text-decoration: none }
.pager span { display: block; color: var(--soft); font-size: .85em }
.pager .next { margin-left: auto; text-align: right }`;

const print = `
@media print {
  :root { color-scheme: light !important }
  html { font-size: 10.5pt }
  .bar, aside, .phone-contents, .copy, .pager, .skip, figure.plotly > details, figure.mermaid.drawn > details { display: none !important }
  .diagram svg { max-width: 100%; height: auto }
  .diagram[data-ink=light] svg { filter: invert(1) hue-rotate(180deg) }
  .layout { display: block; padding: 0 }
  pre, .outputs pre.text { white-space: pre-wrap; overflow: visible; max-height: none }
  pre.code { border: 1px solid var(--line) }
  h1, h2, h3, h4 { break-after: avoid }
  figure, img, tr, .katex-display { break-inside: avoid }
  .scroll, .html, .katex-display { overflow: visible }
  a { color: inherit }
}`;

/** Without spaces that only serve the reader of this file. */
const small = (css: string): string =>
  css
    .replace(/\n\s*/g, "")
    .replace(/\s*([{};])\s*/g, "$1")
    .replace(/;}/g, "}");

export const pageStyle: string = small([colours, text, page, codeStyle, ansiStyle, outputStyle, print].join("\n"));
