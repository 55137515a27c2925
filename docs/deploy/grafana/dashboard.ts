/** Grafana's dashboard of `cairn serve`, made by code: `npx tsx docs/deploy/grafana/dashboard.ts > docs/deploy/grafana/cairn.json`. */

interface Query {
  expr: string;
  legend: string;
}

interface Panel {
  title: string;
  unit: "s" | "short" | "percentunit" | "bytes" | "reqps";
  queries: readonly Query[];
}

const quantiles = (histogram: string): Query[] =>
  [0.5, 0.95, 0.99].map((quantile) => ({
    expr: `histogram_quantile(${quantile}, sum by (le) (rate(${histogram}_bucket{model=~"$model"}[$__rate_interval])))`,
    legend: `p${100 * quantile}`,
  }));

const sum = (metric: string, by: string): string => `sum by (${by}) (rate(${metric}[$__rate_interval]))`;

const panels: readonly Panel[] = [
  { title: "Time to first token", unit: "s", queries: quantiles("cairn_time_to_first_token_seconds") },
  { title: "Time per output token", unit: "s", queries: quantiles("cairn_time_per_output_token_seconds") },
  { title: "Tokens a second", unit: "short", queries: [{ expr: sum('cairn_tokens_total{model=~"$model"}', "kind"), legend: "{{kind}}" }] },
  { title: "Requests a second", unit: "reqps", queries: [{ expr: sum("cairn_requests_total", "status"), legend: "{{status}}" }] },
  {
    title: "Requests under way and waiting",
    unit: "short",
    queries: [
      { expr: 'sum(cairn_requests_active{model=~"$model"})', legend: "under way" },
      { expr: 'sum(cairn_requests_waiting{model=~"$model"})', legend: "waiting" },
    ],
  },
  { title: "Time in the queue", unit: "s", queries: quantiles("cairn_queue_seconds") },
  {
    title: "Cache in use",
    unit: "percentunit",
    queries: [
      { expr: 'sum by (model) (cairn_cache_tokens{model=~"$model"}) / sum by (model) (cairn_cache_capacity_tokens{model=~"$model"})', legend: "{{model}}" },
    ],
  },
  {
    title: "Memory",
    unit: "bytes",
    queries: [
      { expr: "process_resident_memory_bytes", legend: "of the process" },
      { expr: "cairn_model_bytes", legend: "{{model}}" },
    ],
  },
];

const [width, height] = [12, 8];

const dashboard = {
  uid: "cairn-serve",
  title: "cairn serve",
  schemaVersion: 41,
  time: { from: "now-1h", to: "now" },
  refresh: "10s",
  templating: {
    list: [
      {
        name: "model",
        type: "query",
        datasource: { type: "prometheus", uid: "prometheus" },
        query: { query: "label_values(cairn_requests_active, model)", refId: "models" },
        includeAll: true,
        allValue: ".*",
        current: { text: "All", value: "$__all" },
        refresh: 2,
      },
    ],
  },
  panels: panels.map(({ title, unit, queries }, index) => ({
    id: index + 1,
    type: "timeseries",
    title,
    datasource: { type: "prometheus", uid: "prometheus" },
    gridPos: { x: (index % 2) * width, y: Math.floor(index / 2) * height, w: width, h: height },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(({ expr, legend }, at) => ({ refId: String.fromCharCode(65 + at), expr, legendFormat: legend })),
  })),
};

console.log(JSON.stringify(dashboard, undefined, 2));
