/** Finding where a letter begins in a list sorted by title, by asking for a few single positions. */

const ARTICLES = /^(?:the|an?|der|die|das|les?|la|el|los|las)\s+/i;

/** The letter a title is sorted under: accents and a leading article do not count. "#" is everything before A. */
export function letterOf(title: string): string {
  const plain = title.normalize("NFD").replace(/\p{M}/gu, "").replace(ARTICLES, "").replace(/^[^\p{L}\p{N}]+/u, "").toUpperCase();
  const first = plain.charAt(0);
  return /[A-Z]/.test(first) ? first : "#";
}

/** The first index whose title sorts at or after `letter`; `read` gives the title at an index. */
export async function firstWith(letter: string, total: number, read: (index: number) => Promise<string>): Promise<number> {
  if (letter === "#") return 0;
  let low = 0;
  let high = total;
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = letterOf(await read(middle));
    if (found !== "#" && found >= letter) high = middle;
    else low = middle + 1;
  }
  return Math.min(low, total - 1);
}
