/**
 * The wheels of PyPI that a CUDA device is made of: ONNX Runtime's provider, of onnxruntime-node's own version, and the libraries of NVIDIA that it loads.
 * No Python code of them runs. For other versions: `pip download --no-deps`, then the sizes and SHA-256 of the wheels and of the members named here.
 */
import type { ManifestEntry } from "../models/index.ts";

interface Wheel {
  package: string;
  version: string;
  licence: string;
  homepage: string;
  description: string;
  sha256: string;
  bytes: number;
  /** Folder in the wheel, and what is taken out of it: name, bytes, SHA-256. */
  folder: string;
  files: readonly (readonly [name: string, bytes: number, sha256: string])[];
  /** The licence's text: its path in the wheel, bytes, SHA-256. */
  text: readonly [path: string, bytes: number, sha256: string];
}

const nvidia = { licence: "LicenseRef-NVIDIA-CUDA-EULA", homepage: "https://docs.nvidia.com/cuda/eula" } as const;

/** The text of that licence, the same in all of these wheels: bytes, SHA-256. */
const eula = [59262, "ad6f5853fba0ca0d159d0f58d49ae49830c2f8c93f7a92648b9ce90adb4c6ccd"] as const;

/** In the order in which they are fetched: what is small and tells most first. */
const wheels: readonly Wheel[] = [
  {
    package: "onnxruntime-gpu",
    version: "1.30.0",
    licence: "MIT",
    homepage: "https://onnxruntime.ai",
    description: "ONNX Runtime's CUDA provider",
    sha256: "6acc0f4b3d5ac5f2984432faa59dd8fcce6775f8b43a7140afa0f322c7a703b1",
    bytes: 246685715,
    folder: "onnxruntime/capi",
    files: [
      ["libonnxruntime_providers_cuda.so", 272049904, "35da2e7ed0dd0d1aec5cdb16ce11a51d06c0c48cf62d1b1c9332946a4fae14fc"],
      ["libonnxruntime_providers_shared.so", 14632, "086ec1d5388f64153d9c63470d126693db9a182c8ce236d3a1119068471b8a0d"],
    ],
    text: ["onnxruntime/LICENSE", 1073, "2f07c72751aed99790b8a4869cf2311df85a860b22ded05fa22803587a48922c"],
  },
  {
    package: "nvidia-cuda-runtime",
    version: "13.5.37",
    ...nvidia,
    description: "CUDA runtime",
    sha256: "df2b79a8852f10d1fef8c848489c49eebb5754051bf870202a862831412b179d",
    bytes: 2504024,
    folder: "nvidia/cu13/lib",
    files: [["libcudart.so.13", 806720, "be114eaabb3f3251cf30b6e334be5e8c3cf1b12c0a11c17295a810dd83cc141a"]],
    text: ["nvidia_cuda_runtime-13.5.37.dist-info/licenses/License.txt", ...eula],
  },
  {
    package: "nvidia-cublas",
    version: "13.10.0.20",
    ...nvidia,
    description: "matrix products",
    sha256: "dcc6d63884c53d07e267ce7e6feac17b2538cebaafec5db865736c3e28e4dc84",
    bytes: 444289903,
    folder: "nvidia/cu13/lib",
    files: [
      ["libcublas.so.13", 57282152, "863f349b5352363c66079090d43d9d56ad3d676373ecac18418fd4fb2d0579d1"],
      ["libcublasLt.so.13", 551653208, "b58e18ab4a6adc9bf4833d5cfe28db688e675fd6021db7eaf5da78d23f95d2de"],
    ],
    text: ["nvidia_cublas-13.10.0.20.dist-info/licenses/License.txt", ...eula],
  },
  {
    package: "nvidia-curand",
    version: "10.4.5.25",
    ...nvidia,
    description: "random numbers",
    sha256: "22bb226a857e5888fe6b54ae465fc4371296bcff13a35f79e19691bcf454f529",
    bytes: 77113015,
    folder: "nvidia/cu13/lib",
    files: [["libcurand.so.10", 104860296, "82586610865e67dc73505087e04dd40a3cc69b281028731ce763faafe14b1347"]],
    text: ["nvidia_curand-10.4.5.25.dist-info/licenses/License.txt", ...eula],
  },
  {
    package: "nvidia-cuda-nvrtc",
    version: "13.5.37",
    ...nvidia,
    description: "the compiler that cuBLAS and cuDNN call",
    sha256: "86b4d68058807988b7d9af5b44917a0601e9c337f35ccd657bfb3c759ff8d8bc",
    bytes: 58185930,
    folder: "nvidia/cu13/lib",
    files: [
      ["libnvrtc-builtins.so.13.5", 7268296, "6cecb2fd3e562bab1cb1c6e192f8f828157683c8febb22a00e178f9faf4e7f6a"],
      ["libnvrtc.so.13", 141163664, "98a317ff5d2176dee5a04235c6663f8d553d5ed95b3104cbf7fb198cbf76a10d"],
    ],
    text: ["nvidia_cuda_nvrtc-13.5.37.dist-info/licenses/License.txt", ...eula],
  },
  {
    package: "nvidia-cudnn-cu13",
    version: "9.28.1.4",
    licence: "LicenseRef-NVIDIA-cuDNN-SLA",
    homepage: "https://docs.nvidia.com/deeplearning/cudnn",
    description: "convolutions",
    sha256: "a54f205b1db1f2895d99f398754db1369816f0569dd459731f925635cf7b65ec",
    bytes: 516817937,
    folder: "nvidia/cudnn/lib",
    files: [
      ["libcudnn.so.9", 137432, "f756cabeed9b481134769fdbc0c2ae022cf52ac39aab08be26ea990a56da2efc"],
      ["libcudnn_adv.so.9", 92392360, "d69ed7d8adc4524ddb6cbf5e10211e35f580d14e40924692f0cdf1b78cf23ab2"],
      ["libcudnn_cnn.so.9", 4204144, "2512f47e6e33000e12be5b2e59ac71eb8f5805a548561e7637e4413d1b7cdeb7"],
      ["libcudnn_engines_precompiled.so.9", 260072128, "51bd1d25591ae2994120aac5c5be172e31b973e0fdeba43a50647949096ee40a"],
      ["libcudnn_engines_runtime_compiled.so.9", 41978752, "738655d1b9441a752fde9b9911780635e60fe96113f2b06c1af6d70458ef5174"],
      ["libcudnn_engines_tensor_ir.so.9", 249581552, "ff088c803f896fd9a92c0ab861026ff3b7ee5a4222713c3dd8221e1c843e74ec"],
      ["libcudnn_ext.so.9", 10492592, "46c273e178b7733ffa5d56bd9719f378a20b94e07d2ccf23c4078e22bced0652"],
      ["libcudnn_graph.so.9", 149118552, "06c28f04f028466cf33461a7d645210146015d425a0dae6c7dc7e60c07c4d973"],
      ["libcudnn_heuristic.so.9", 96473968, "7738da4dd6fee9597680ff595863743b2bc4bd5b0ec3edb4e8e9d28a2b5e629d"],
      ["libcudnn_ops.so.9", 35661648, "e849b0a7353eec5bb5c9f75d841d075d786e205d84f8fd07b092770554674e48"],
    ],
    text: [
      "nvidia_cudnn_cu13-9.28.1.4.dist-info/licenses/License.txt",
      18174,
      "49cf79bdb35734b52fe6203013b3bd759f81e998cd32aa2c65c51db9a88c61d2",
    ],
  },
];

/** All of them, to be fetched into one folder. */
export const cudaEntries: readonly ManifestEntry[] = wheels.map((wheel) => {
  const textName = `licences/${wheel.package}.txt`;
  const named = [...wheel.files, [textName, wheel.text[1], wheel.text[2]] as const];
  return {
    name: wheel.package,
    kind: "library",
    folder: "cuda",
    description: wheel.description,
    licence: wheel.licence,
    homepage: wheel.homepage,
    files: named.map(([path, bytes, sha256]) => ({ path, bytes, sha256 })),
    sources: [
      {
        kind: "pypi",
        package: wheel.package,
        version: wheel.version,
        sha256: wheel.sha256,
        bytes: wheel.bytes,
        members: { ...Object.fromEntries(wheel.files.map(([name]) => [name, `${wheel.folder}/${name}`])), [textName]: wheel.text[0] },
      },
    ],
  };
});
