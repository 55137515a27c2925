#!/usr/bin/env bash
# Cairn and PyTorch on a GPU, as one table: a machine needs no network for it. Ends within 8 minutes.
#
#   bash bench/gpu.sh [results.json]
#
#   PYTHON               the Python that has torch, transformers and sentence-transformers   (.venv/bin/python, else python3)
#   CAIRN_BENCH_DEVICE   cuda or cpu                                                          (cuda where nvidia-smi runs)
#   CAIRN_BENCH_SMALL=1  sizes that a CPU does in a minute: to try the script, not to measure
#   CAIRN_BENCH_LIMIT    seconds that it may take                                             (450)
#   CAIRN_CUDA           folders with the CUDA provider and NVIDIA's libraries                (Cairn's cache, else what that Python has)
set -euo pipefail
results=$(realpath -m "${1:-/dev/null}")
cd "$(dirname "$0")/.."

PYTHON=${PYTHON:-$([ -x .venv/bin/python ] && echo .venv/bin/python || echo python3)}
if [ -z "${CAIRN_BENCH_DEVICE:-}" ]; then
  CAIRN_BENCH_DEVICE=$(nvidia-smi >/dev/null 2>&1 && echo cuda || echo cpu)
fi
export PYTHON CAIRN_BENCH_DEVICE

cache=${CAIRN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cairn}/libraries/cuda
if [ "$CAIRN_BENCH_DEVICE" = cuda ] && [ -z "${CAIRN_CUDA:-}" ] && [ ! -e "$cache/libcublas.so.13" ]; then
  CAIRN_CUDA=$cache:$("$PYTHON" - <<'PY'
import glob, os, site, sys
roots = [*site.getsitepackages(), *sys.path]
print(":".join(dict.fromkeys(folder for root in roots for pattern in ("nvidia/*/lib", "onnxruntime/capi") for folder in glob.glob(os.path.join(root, pattern)))))
PY
)
  export CAIRN_CUDA
fi

if [ ! -e kernel-helpers/dist/llm/index.js ]; then node node_modules/typescript/bin/tsc -b; fi
exec node bench/gpu/main.mjs "$results"
