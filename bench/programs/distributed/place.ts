import type { RayAddress } from "../../../kernel-helpers/distributed/index.ts";

/** Where a part is measured. */
export interface Place {
  cluster: RayAddress;
  /** Empty, and removed afterwards. */
  folder: string;
  /** The machine, in words. */
  where: string;
}
