/** Times in sound and films, in seconds from the beginning. */
export interface TimeSpan {
  start: number;
  end: number;
}
