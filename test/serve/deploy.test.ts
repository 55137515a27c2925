/** What docs/deploy has for containers fits the server: parsed, linted, and held against the metrics that it really has. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serve, type ModelServer } from "../../kernel-helpers/serve/index.ts";
import { makeFolder, post, writeTinyChat, type Json } from "./tiny-chat.ts";

const folder = "docs/deploy";
const read = (file: string): string => readFileSync(path.join(folder, file), "utf8");
const yaml = (file: string): Json => parse(read(file), { strict: true });

describe("the Dockerfile", () => {
  const lines = read("Dockerfile")
    .replaceAll("\\\n", " ")
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  const of = (word: string): string[] => lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));

  test("has only instructions that there are, in stages with fixed versions", () => {
    const known = ["FROM", "WORKDIR", "ENV", "COPY", "RUN", "USER", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"];
    expect(lines.filter((line) => !known.includes(line.split(" ")[0]!))).toEqual([]);
    expect(of("FROM").every((image) => /^[\w./-]+:\d/.test(image))).toBe(true);
  });

  test("copies what is there, runs as nobody special, and starts a command that there is", () => {
    const copied = of("COPY")
      .filter((one) => !one.startsWith("--from"))
      .flatMap((one) => one.split(" ").slice(0, -1));
    expect(copied.filter((one) => !existsSync(one))).toEqual([]);
    expect(of("USER")).toEqual(["node"]);
    const [program, file, command, ...words] = JSON.parse(of("ENTRYPOINT")[0]!) as string[];
    expect([program, command, existsSync(file!)]).toEqual(["node", "serve", true]);
    expect(words).toEqual(["--host", "0.0.0.0", "--port", of("EXPOSE")[0]]);
    expect(of("STOPSIGNAL")).toEqual(["SIGTERM"]);
  });
});

describe("the compose file", () => {
  const { services, volumes } = yaml("compose.yaml");

  test("mounts files and volumes that are there, and images of fixed versions", () => {
    for (const { image, volumes: mounted = [] } of Object.values<Json>(services)) {
      if (image !== undefined) expect(image).toMatch(/:v?\d+\.\d+\.\d+$/);
      for (const mount of mounted as string[]) {
        const [source] = mount.split(":");
        expect(source!.startsWith("./") ? existsSync(path.join(folder, source!)) : Object.hasOwn(volumes, source!), mount).toBe(true);
      }
    }
    expect(existsSync(path.join(folder, services.serve.build.context, services.serve.build.dockerfile))).toBe(true);
  });

  test("gives the server no more than it needs", () => {
    expect(services.serve).toMatchObject({ read_only: true, cap_drop: ["ALL"], security_opt: ["no-new-privileges:true"] });
    for (const { ports = [] } of Object.values<Json>(services))
      for (const port of ports as string[]) expect(port).toMatch(/^127\.0\.0\.1:/);
  });

  test("asks the server where it listens", () => {
    const [
      {
        static_configs: [{ targets }],
      },
    ] = yaml("prometheus.yaml").scrape_configs;
    expect(targets).toEqual(["serve:8000"]);
    expect(yaml("grafana/datasource.yaml").datasources[0].url).toBe("http://prometheus:9090");
  });
});

describe("Grafana's dashboard and the alerts", () => {
  const models = makeFolder();
  let server: ModelServer;
  beforeAll(async () => {
    server = await serve({ models: [{ id: "tiny", model: await writeTinyChat(models), slots: 1, slotTokens: 256, threads: 1 }], port: 0 });
    await post(`${server.url}/v1/completions`, { model: "tiny", prompt: "a", max_tokens: 3 });
  });
  afterAll(async () => {
    await server.close();
    rmSync(models, { recursive: true });
  });

  test("is what its code makes", () => {
    const made = execFileSync(process.execPath, ["--import", "tsx", `${folder}/grafana/dashboard.ts`], { encoding: "utf8" });
    expect(made).toBe(read("grafana/cairn.json"));
  });

  test("ask only for metrics that the server has", async () => {
    const { panels } = JSON.parse(read("grafana/cairn.json"));
    const asked: string[] = [
      ...panels.flatMap(({ targets }: Json) => targets.map(({ expr }: Json) => expr)),
      ...yaml("alerts.yaml").groups.flatMap(({ rules }: Json) => rules.map(({ expr }: Json) => expr)),
    ];
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    for (const expr of asked) {
      for (const [name] of expr.matchAll(/\b(cairn|process)_\w+/g)) expect(metrics, expr).toMatch(new RegExp(`^${name}(\\{| )`, "m"));
    }
    expect(asked.length).toBeGreaterThan(15);
  });
});
