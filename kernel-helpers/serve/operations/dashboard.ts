/** The page at `/`: what is under way, tokens per second, how full the cache is. It needs nothing from elsewhere. */
import { createHash } from "node:crypto";

const style = `
:root { color-scheme: light dark; --ink: light-dark(#1c2430, #e6e9ee); --soft: light-dark(#5c6675, #9aa4b2); --line: light-dark(#dde2e9, #333b47);
  --paper: light-dark(#fff, #14181e); --card: light-dark(#f6f8fa, #1b2129); --accent: light-dark(#1f6feb, #6ba6ff); }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 64rem; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.3rem; margin: 0 0 1rem; } h2 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .75rem; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; }
.card span { color: var(--soft); font-size: .85rem; display: block; } .card b { font-size: 1.6rem; font-variant-numeric: tabular-nums; }
svg { width: 100%; height: 5rem; display: block; } polyline { fill: none; stroke: var(--accent); stroke-width: 2; vector-effect: non-scaling-stroke; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line); white-space: nowrap; } th { color: var(--soft); font-weight: 500; }
meter { width: 7rem; } p { color: var(--soft); }`;

const script = `
const speeds = []; let last;
const put = (id, text) => { document.getElementById(id).textContent = text; };
const rows = (id, all) => document.getElementById(id).replaceChildren(...all.map((cells) => {
  const row = document.createElement("tr");
  for (const cell of cells) { const one = document.createElement("td"); one.append(cell); row.append(one); }
  return row;
}));
const bar = (value, max, label) => { const meter = document.createElement("meter"); meter.max = max || 1; meter.value = value; meter.title = label;
  meter.setAttribute("aria-label", label); return meter; };
async function look() {
  try {
    const state = await (await fetch("live", { cache: "no-store" })).json();
    const now = performance.now();
    const sum = (key) => state.models.reduce((total, model) => total + model[key], 0);
    const written = sum("newTokens");
    if (last) speeds.push(Math.max(0, (written - last.written) / ((now - last.now) / 1000)));
    last = { written, now };
    if (speeds.length > 120) speeds.shift();
    const speed = speeds.at(-1) ?? 0, highest = Math.max(1, ...speeds);
    put("state", state.isDraining ? "shutting down: finishing what is under way" : "ready");
    put("requests", state.requests.length); put("speed", speed.toFixed(1)); put("highest", highest.toFixed(0) + " at most");
    const capacity = sum("cacheCapacity");
    put("cache", capacity ? Math.round(100 * sum("cacheTokens") / capacity) + " %" : "–");
    const prompt = sum("promptTokens");
    put("spared", prompt ? Math.round(100 * sum("cachedTokens") / prompt) + " %" : "–");
    document.getElementById("line").setAttribute("points", speeds.map((y, x) => x * 100 / 119 + "," + (100 - 96 * y / highest)).join(" "));
    rows("models", state.models.map((model) => [model.id, model.kind, model.isOpen ? model.megabytes + " MB" : "not open", model.answering + " of " + model.slots,
      model.waiting, bar(model.cacheTokens, model.cacheCapacity, model.cacheTokens + " of " + model.cacheCapacity + " tokens"), model.newTokens]));
    rows("live", state.requests.map((one) => [one.number, one.model, one.phase, one.pieces, one.seconds.toFixed(1) + " s"]));
    document.getElementById("none").hidden = state.requests.length > 0;
  } catch { put("state", "the server does not answer"); }
  setTimeout(look, 1000);
}
look();`;

const hash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Nothing but this page's own style and script, and its own server. */
export const dashboardPolicy: string = `default-src 'none'; style-src ${hash(style)}; script-src ${hash(script)}; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const card = (label: string, id: string): string => `<div class="card"><span>${label}</span><b id="${id}">–</b></div>`;
const head = (...names: string[]): string => `<thead><tr>${names.map((name) => `<th scope="col">${name}</th>`).join("")}</tr></thead>`;

export const dashboard: string = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title>cairn serve</title>
<style>${style}</style></head><body>
<main>
<h1>cairn serve</h1>
<p id="state" role="status">connecting</p>
<div class="cards">${card("requests under way", "requests")}${card("tokens per second", "speed")}${card("of the cache in use", "cache")}${card("of prompts spared", "spared")}</div>
<h2>Tokens a second, the last two minutes</h2>
<div class="card"><span id="highest"></span><svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="Tokens a second over the last two minutes"><polyline id="line" points=""/></svg></div>
<h2>Models</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Models"><table>${head("model", "kind", "memory", "answering", "waiting", "cache", "tokens written")}<tbody id="models"></tbody></table></div>
<h2>Requests</h2>
<div class="scroll" tabindex="0" role="region" aria-label="Requests"><table>${head("number", "model", "phase", "pieces", "since")}<tbody id="live"></tbody></table></div>
<p id="none">No request is under way.</p>
</main>
<script>${script}</script></body></html>
`;
