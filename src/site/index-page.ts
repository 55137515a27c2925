/** The first page of the course: the notebooks by stage, how their last run ended, the skill tree, the routes. */
import { escapeHtml, renderPage } from "../render/index.ts";
import type { LastRun } from "./build.ts";
import type { Course, CourseNotebook } from "./course.ts";
import { renderSkillTree } from "./skill-tree.ts";

const style = `
.lead { font-size: 1.2rem; line-height: 1.5; color: var(--soft) }
.stage { font: 650 .8rem/1.4 var(--sans); letter-spacing: .06em; text-transform: uppercase; color: var(--soft); margin: 2.4em 0 .6em }
.notebooks { list-style: none; padding: 0; margin: 0 }
.notebooks li { display: grid; grid-template-columns: 2.4rem 1fr; padding: 1rem 0; margin: 0; border-top: 1px solid var(--line) }
.notebooks .number { font: .85rem/1.9 var(--sans); color: var(--soft); font-variant-numeric: tabular-nums }
.notebooks a { font: 650 1.12rem/1.3 var(--sans); text-decoration: none; color: var(--ink) }
.notebooks a:hover { color: var(--link); text-decoration: underline }
.notebooks p { margin: .25em 0 .35em }
.facts { font: .8rem/1.5 var(--sans); color: var(--soft) }
.facts b { font-weight: 600 }
.good { color: light-dark(#1b7038, #7fd491) }
.bad { color: var(--bad) }
.tree { overflow-x: auto }
.tree svg { min-width: 34rem; width: 100%; font: 15px var(--sans) }
.tree rect { fill: var(--panel); stroke: var(--g); stroke-width: 1.5 }
.tree text { fill: var(--ink); text-anchor: middle; dominant-baseline: central }
.edges path { fill: none; stroke: var(--accent); stroke-width: 1.5 }
.g0 { --g: light-dark(#0072b2, #56b4e9) } .g1 { --g: light-dark(#b26f00, #e69f00) } .g2 { --g: light-dark(#007a59, #2fbf97) } .g3 { --g: light-dark(#a2507f, #cc79a7) }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 1.4em; padding: 0; font: .82rem/1.5 var(--sans) }
.legend li::before { content: ""; display: inline-block; width: .8em; height: .8em; border-radius: 3px; border: 2px solid var(--g); margin-right: .5em; vertical-align: -.08em }
.routes dt { font: 650 1.02rem/1.4 var(--sans) }
.routes dd { margin: .15em 0 1.2em }
`.replace(/\n\s*/g, "");

/** How a run ended, in a word and a mark; the colour only repeats it. */
function runWords({ status, seconds }: LastRun): string {
  const good = status === "passed" || status === "cached";
  const time = status === "cached" ? "" : ` in ${seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0)} s`;
  return `<b class="${good ? "good" : "bad"}">${good ? "✓" : "✗"} ${escapeHtml(status)}${time}</b>`;
}

function entry(course: Course, notebook: CourseNotebook, href: string, run: LastRun | undefined): string {
  const { quick, full } = notebook.minutes;
  const minutes = `about ${quick} min${full === quick ? "" : `, ${full} in full`}`;
  // A notebook without a page, because its file cannot be read, is not named.
  const needs = course.notebooks.filter(({ id }) => notebook.needs.includes(id)).map(({ title }) => title);
  const facts = [minutes, needs.length > 0 ? `after ${needs.join(" and ")}` : "", run ? runWords(run) : ""];
  return [
    `<li><span class="number">${escapeHtml(/^\d+/.exec(notebook.id)?.[0] ?? "")}</span>`,
    `<div><a href="${escapeHtml(href)}">${escapeHtml(notebook.title)}</a><p>${escapeHtml(notebook.summary)}</p>`,
    `<div class="facts">${facts
      .map((fact, index) => (index < 2 ? escapeHtml(fact) : fact))
      .filter(Boolean)
      .join(" · ")}</div></div></li>`,
  ].join("");
}

export function renderIndex(course: Course, pageOf: (notebook: CourseNotebook) => string, runs: ReadonlyMap<string, LastRun>): string {
  const stages = course.stages.map(({ id, title }) => {
    const list = course.notebooks.filter(({ stage }) => stage === id);
    if (list.length === 0) return "";
    const items = list.map((notebook) => entry(course, notebook, pageOf(notebook), runs.get(notebook.file)));
    return `<h2 class="stage">${escapeHtml(title)}</h2><ol class="notebooks">${items.join("")}</ol>`;
  });
  const routes = course.routes.map(
    (route) =>
      `<dt>For ${escapeHtml(route.for)}: ${escapeHtml(route.first)}, then ${escapeHtml(route.next)}</dt><dd>${escapeHtml(route.why)}</dd>`,
  );
  const body = [
    `<h1>${escapeHtml(course.title)}</h1>`,
    `<p class="lead">${escapeHtml(course.summary)}</p>`,
    ...stages,
    `<h2>The skill tree</h2><p>Each skill stands on those below it.</p>${renderSkillTree(course.skills)}`,
    `<h2>Routes</h2><p>All begin with the foundation and meet at the end; they differ in what comes first.</p><dl class="routes">${routes.join("")}</dl>`,
  ];
  return renderPage({ title: course.title, body: body.filter(Boolean).join("\n"), style });
}
