/** Tenths of a second since this process began, the same in all of its threads. */
export const processTime = (): number => Math.floor(process.uptime() * 10);
