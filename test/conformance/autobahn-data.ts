// What the messages of groups 12 and 13 are cut from: files of the size and the character of Autobahn's own, made by a generator
// that always makes the same. Texts are ASCII, since a message may begin and end at any octet of them.
import assert from 'node:assert/strict';

export interface Data {
  readonly isText: boolean;
  readonly bytes: Buffer;
}

const SOURCES: Record<string, (size: number, random: Random) => Buffer> = {
  'Large JSON data file': json,
  'Lena Picture, Bitmap 512x512 bw': bitmap,
  "Human readable text, Goethe's Faust I (German)": verses,
  'Large HTML file': html,
  'A larger PDF': pdf,
};

const made = new Map<string, Data>();

/** The file that a subcategory names, such as "A larger PDF (binary, 1042328 bytes)". */
export function dataOf(subcategory: string): Data {
  const found = /^(.+) \((utf8|binary), (\d+) bytes\)/.exec(subcategory);
  assert.ok(found, subcategory);
  const [title, name, type, size] = found as unknown as [string, string, string, string];
  const data = made.get(title) ?? { isText: type === 'utf8', bytes: make(name, Number(size)) };
  made.set(title, data);
  return data;
}

function make(name: string, size: number): Buffer {
  const source = SOURCES[name];
  assert.ok(source, name);
  const bytes = source(size, new Random(size));
  assert.equal(bytes.length, size);
  return bytes;
}

/** Messages of the size, one behind the other in the file, which begins anew at its end. */
export function slicesOf({ bytes }: Data, size: number, count: number): Buffer[] {
  const ring = Buffer.concat([bytes, bytes.subarray(0, size)]);
  return Array.from({ length: count }, (_, index) => {
    const at = (index * size) % bytes.length;
    return ring.subarray(at, at + size);
  });
}

/** Marsaglia's xorshift of 32 bits. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** A whole number from 0 to `below` - 1. */
  below(below: number): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % below;
  }

  one<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }

  several<Item>(least: number, most: number, make: () => Item): Item[] {
    return Array.from({ length: least + this.below(most - least + 1) }, make);
  }
}

/** Parts until there is enough, cut at the size. */
function filled(size: number, part: () => string): Buffer {
  const parts: Buffer[] = [];
  for (let bytes = 0; bytes < size; bytes += parts.at(-1)!.length) parts.push(Buffer.from(part()));
  return Buffer.concat(parts).subarray(0, size);
}

const VERSES = `Habe nun, ach! Philosophie, Juristerei und Medizin, und leider auch Theologie durchaus studiert, mit heißem
Bemühn. Da steh ich nun, ich armer Tor! Und bin so klug als wie zuvor; heiße Magister, heiße Doktor gar und ziehe schon an
die zehen Jahr herauf, herab und quer und krumm meine Schüler an der Nase herum und sehe, daß wir nichts wissen können! Das
will mir schier das Herz verbrennen. Ihr naht euch wieder, schwankende Gestalten, die früh sich einst dem trüben Blick
gezeigt. Versuch ich wohl, euch diesmal festzuhalten? Fühl ich mein Herz noch jenem Wahn geneigt?`;
const WORDS = VERSES.split(/\s+/);
const ASCII_WORDS = WORDS.map((word) => word.replace(/[^a-z]/gi, '')).filter((word) => word.length > 0);

/** UTF-8, and sent as binary: characters are cut. */
function verses(size: number, random: Random): Buffer {
  // Half of the words are the beginning of one and the end of another: language does not repeat itself as a short list does.
  const blend = () =>
    random.one(WORDS).slice(0, 2 + random.below(3)) + random.one(WORDS).slice(-random.below(4));
  const word = () => (random.below(2) === 0 ? random.one(WORDS) : blend());
  const line = () => random.several(4, 9, word).join(' ');
  return filled(size, () => `${random.several(3, 12, line).join('\r\n')}\r\n\r\n`);
}

function json(size: number, random: Random): Buffer {
  const word = () => random.one(ASCII_WORDS).toLowerCase();
  const record = () => ({
    id: random.below(1e9).toString(16).padStart(8, '0'),
    name: `${random.one(ASCII_WORDS)} ${random.one(ASCII_WORDS)}`,
    active: random.below(2) === 1,
    balance: random.below(1e7) / 100,
    position: { latitude: random.below(18e6) / 1e5 - 90, longitude: random.below(36e6) / 1e5 - 180 },
    tags: random.several(0, 5, word),
    text: random.several(5, 20, word).join(' '),
  });
  return filled(size, () => `${JSON.stringify(record(), null, 2)},\n`);
}

function html(size: number, random: Random): Buffer {
  const words = (least: number, most: number) =>
    random.several(least, most, () => random.one(ASCII_WORDS)).join(' ');
  const link = () =>
    `<a class="l${random.below(5)}" href="/page/${random.below(1e5)}.html">${words(1, 3)}</a>`;
  const cell = () =>
    `<td style="width:${random.below(300)}px">${random.one([words(1, 4), link()])} &uuml;</td>`;
  return filled(
    size,
    () =>
      `<div id="s${random.below(1e4)}"><h2>${words(2, 6)}</h2>\n<p>${words(10, 60)} ${link()}</p>\n` +
      `<table>\n${random.several(1, 6, () => `<tr>${random.several(2, 5, cell).join('')}</tr>\n`).join('')}</table></div>\n`,
  );
}

/** Grey, 512 by 512, one octet a pixel: shades that run into each other, and the grain of a photograph. */
function bitmap(size: number, random: Random): Buffer {
  const side = 512;
  const start = size - side * side;
  const bytes = Buffer.alloc(size);
  bytes.write('BM');
  for (const [at, value] of [
    [2, size],
    [10, start],
    [14, 40],
    [18, side],
    [22, side],
  ] as const) {
    bytes.writeUInt32LE(value, at);
  }
  bytes.writeUInt32LE(0x80001, 26);
  for (let shade = 0; shade < 256; shade += 1) bytes.fill(shade, 54 + 4 * shade, 57 + 4 * shade);
  for (let at = start; at < size; at += 1) {
    const [x, y] = [(at - start) % side, Math.floor((at - start) / side)];
    bytes[at] = 128 + 60 * Math.sin(x / 40) + 50 * Math.cos((x + 2 * y) / 70) + random.below(8);
  }
  return bytes;
}

/** Objects whose dictionaries are text and whose streams are compressed already: for DEFLATE, noise. */
function pdf(size: number, random: Random): Buffer {
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n')];
  let bytes = 0;
  for (let id = 1; bytes < size; id += 1) {
    const stream = Buffer.from(random.several(2000, 12_000, () => random.below(256)));
    const dictionary = `<< /Length ${stream.length} /Filter /FlateDecode >>`;
    parts.push(
      Buffer.from(`${id} 0 obj\n${dictionary}\nstream\n`),
      stream,
      Buffer.from('\nendstream\nendobj\n'),
    );
    bytes += stream.length;
  }
  return Buffer.concat(parts).subarray(0, size);
}
