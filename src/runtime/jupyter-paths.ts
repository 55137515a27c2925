/** Where Jupyter keeps kernelspecs, the first place first: jupyter_core.paths and jupyter_client.kernelspec, without starting Python. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";

type Environment = Record<string, string | undefined>;

export interface PathOptions {
  env?: Environment;
  platform?: NodeJS.Platform;
  home?: string;
}

const defaults = ({ env = process.env, platform = process.platform, home = homedir() }: PathOptions): Required<PathOptions> => ({
  env,
  platform,
  home,
});

/** Jupyter's data folder of this user. */
export function userDataFolder(options: PathOptions = {}): string {
  const { env, platform, home } = defaults(options);
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  if (platform === "darwin") return join(home, "Library", "Jupyter");
  if (platform === "win32") return join(env.APPDATA ?? join(home, "AppData", "Roaming"), "jupyter");
  return join(env.XDG_DATA_HOME || join(home, ".local", "share"), "jupyter");
}

/** The prefixes Jupyter would take from `sys.prefix`: an active environment, and the one whose Python is first on PATH. */
function prefixes(env: Environment, platform: NodeJS.Platform): string[] {
  const programs = platform === "win32" ? ["python.exe"] : ["python3", "python"];
  const folders = (env.PATH ?? "").split(delimiter).filter((folder) => folder !== "");
  const python = folders.find((folder) => programs.some((program) => existsSync(join(folder, program))));
  const onPath = python && (platform === "win32" ? python.replace(/[\\/]Scripts[\\/]?$/i, "") : dirname(python));
  return [env.VIRTUAL_ENV, env.CONDA_PREFIX, onPath].filter((prefix) => prefix !== undefined && prefix !== "") as string[];
}

export function kernelspecFolders(options: PathOptions = {}): string[] {
  const { env, platform, home } = defaults(options);
  const data = [
    ...(env.JUPYTER_PATH ?? "").split(delimiter).filter((folder) => folder !== ""),
    userDataFolder({ env, platform, home }),
    ...prefixes(env, platform).map((prefix) => join(prefix, "share", "jupyter")),
    ...(platform === "win32"
      ? [join(env.PROGRAMDATA ?? "C:\\ProgramData", "jupyter")]
      : ["/usr/local/share/jupyter", "/usr/share/jupyter"]),
  ];
  return [...new Set([...data.map((folder) => join(folder, "kernels")), join(home, ".ipython", "kernels")])];
}
