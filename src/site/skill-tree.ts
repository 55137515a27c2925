/** The skills as a picture: each stands above what it needs and close beneath what needs it; read from the ground up. */
import { escapeHtml } from "../render/index.ts";
import type { Skill } from "./course.ts";

const [columnWidth, rowHeight, boxWidth, boxHeight] = [150, 84, 128, 40];

interface Place {
  skill: Skill;
  x: number;
  y: number;
}

/** Skills come after what they need, so one pass upwards gives the lowest row of each, and one downwards brings it close to its dependents. */
function rowsOf(skills: readonly Skill[]): Skill[][] {
  const level = new Map<string, number>();
  for (const { id, needs } of skills) level.set(id, 1 + Math.max(-1, ...needs.map((need) => level.get(need)!)));
  for (const { id } of skills.toReversed()) {
    const above = skills.filter(({ needs }) => needs.includes(id)).map((skill) => level.get(skill.id)!);
    if (above.length > 0) level.set(id, Math.min(...above) - 1);
  }
  return Array.from({ length: 1 + Math.max(0, ...level.values()) }, (_, row) => skills.filter(({ id }) => level.get(id) === row));
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);

/** An SVG of the skill tree, described in words for those who do not see it. */
export function renderSkillTree(skills: readonly Skill[]): string {
  const rows = rowsOf(skills);
  const width = columnWidth * Math.max(...rows.map((row) => row.length));
  const height = rowHeight * rows.length;
  const groups = [...new Set(skills.map(({ group }) => group))];
  const places = new Map<string, Place>();
  for (const [index, row] of rows.entries()) {
    // Left to right as what is needed stands beneath, so that few lines cross.
    const beneath = ({ needs }: Skill): number => mean(needs.map((need) => places.get(need)!.x));
    for (const [column, skill] of row.toSorted((one, other) => beneath(one) - beneath(other)).entries()) {
      const x = width / 2 + (column - (row.length - 1) / 2) * columnWidth;
      places.set(skill.id, { skill, x, y: height - (index + 0.5) * rowHeight });
    }
  }
  const edges = [...places.values()].flatMap(({ skill, x, y }) =>
    skill.needs.map((need) => {
      const from = places.get(need)!;
      const [start, end] = [from.y - boxHeight / 2, y + boxHeight / 2];
      const middle = (start + end) / 2;
      return `<path d="M${from.x} ${start}C${from.x} ${middle} ${x} ${middle} ${x} ${end}"/>`;
    }),
  );
  const nodes = [...places.values()].map(({ skill, x, y }) => {
    const box = `<rect x="${x - boxWidth / 2}" y="${y - boxHeight / 2}" width="${boxWidth}" height="${boxHeight}" rx="9"/>`;
    return `<g class="g${groups.indexOf(skill.group)}">${box}<text x="${x}" y="${y}">${escapeHtml(skill.label)}</text></g>`;
  });
  const words = skills.map(({ label, needs }) => {
    const below = needs.map((need) => places.get(need)!.skill.label).join(" and ");
    return below === "" ? `${label} stands on the ground` : `${label} stands on ${below}`;
  });
  const legend = groups.map((group, index) => `<li class="g${index}">${escapeHtml(group)}</li>`).join("");
  return [
    `<div class="tree scroll"><svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escapeHtml(`Skill tree. ${words.join(". ")}.`)}">`,
    `<g class="edges">${edges.join("")}</g>${nodes.join("")}</svg></div>`,
    `<ul class="legend">${legend}</ul>`,
  ].join("");
}
