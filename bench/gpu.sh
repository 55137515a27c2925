#!/usr/bin/env bash
# Cairn and PyTorch on a GPU, as one table: a machine needs no network for it. Ends within 8 minutes.
#
#   bash bench/gpu.sh [results.json]
#
# It needs Node, this folder with its node_modules (npm ci; the build is made if there is none), and a Python with torch, transformers and sentence-transformers.
# Figures are printed as they come, to the error output, and kept in results.json; what fails leaves its reason, and the rest goes on.
#
#   PYTHON               that Python                                             (.venv/bin/python, else python3)
#   CAIRN_BENCH_DEVICE   cuda or cpu                                             (cuda where nvidia-smi runs)
#   CAIRN_BENCH_SMALL=1  sizes that a CPU does in minutes: to try the script, not to measure
#   CAIRN_BENCH_LIMIT    seconds that it may take                                (450)
#   CAIRN_CUDA           folders with the CUDA provider and NVIDIA's libraries   (Cairn's cache, and what that Python has)
set -uo pipefail
results=$(realpath -m "${1:-/dev/null}")
cd "$(dirname "$0")/.." || exit 1

PYTHON=${PYTHON:-$([ -x .venv/bin/python ] && echo .venv/bin/python || echo python3)}
if [ -z "${CAIRN_BENCH_DEVICE:-}" ]; then
  CAIRN_BENCH_DEVICE=$(nvidia-smi >/dev/null 2>&1 && echo cuda || echo cpu)
fi
export PYTHON CAIRN_BENCH_DEVICE

if [ ! -e node_modules/onnxruntime-node/package.json ]; then
  echo "there is no node_modules/onnxruntime-node: run npm ci, or copy node_modules from a machine with a network" >&2
  exit 1
fi
if [ ! -e kernel-helpers/dist/llm/index.js ] && ! node node_modules/typescript/bin/tsc -b; then
  echo "the build failed: copy kernel-helpers/dist from where npm run build has made it" >&2
  exit 1
fi

if [ "$CAIRN_BENCH_DEVICE" = cuda ]; then
  # Where a library lies in several of these folders, the first has it.
  cache=${CAIRN_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/cairn}/libraries/cuda
  found=$("$PYTHON" - <<'PY'
import glob, os, site, sys
roots = [*site.getsitepackages(), site.getusersitepackages(), *sys.path]
patterns = ("onnxruntime/capi", "nvidia/cu13/lib", "nvidia/*/lib")
print(":".join(dict.fromkeys(folder for root in roots for pattern in patterns for folder in sorted(glob.glob(os.path.join(root, pattern))))))
PY
  ) || echo "$PYTHON does not say where its packages are" >&2
  CAIRN_CUDA=${CAIRN_CUDA:-$cache:$found}
  export CAIRN_CUDA
  for name in libonnxruntime_providers_cuda.so libcudart.so.13 libcublas.so.13 libcublasLt.so.13 libcurand.so.10 libcudnn.so.9; do
    IFS=: read -ra folders <<< "$CAIRN_CUDA"
    there=
    for folder in "${folders[@]}" node_modules/onnxruntime-node/bin/napi-v6/linux/x64; do [ -e "$folder/$name" ] && there=$folder && break; done
    echo "$name: ${there:-nowhere: npx cairn gpu --fetch-only fetches it, or CAIRN_CUDA names its folder}" >&2
  done
fi

exec node bench/gpu/main.mjs "$results"
