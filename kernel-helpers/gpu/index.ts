export { fetchCuda, missingCuda, removeCuda, type CudaOptions } from "./cuda.ts";
export { examineDevice, type DeviceFindings } from "./examine.ts";
export { cudaEntries } from "./wheels.ts";
