/** What an address within a notebook stands for as a path. A percent sign that begins no escape is taken as it stands. */
export function decodeAddress(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}
