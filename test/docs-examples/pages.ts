// Knows: which pages the documentation has, and their fenced blocks with the mark (an HTML comment) before them.
// Must not know: what a block should do.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { root } from '../support/needs.js';

export interface Block {
  readonly page: string;
  /** The line on which the fence stands, from 1. */
  readonly line: number;
  readonly language: string;
  /** `run: readme-server` of `<!-- run: readme-server -->`, '' without a mark. */
  readonly mark: string;
  readonly text: string;
}

const folder = readdirSync(new URL('docs/', root), { recursive: true, encoding: 'utf8' });
const ROOT_PAGES = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md'];

/** Paths from the package's folder. */
export const pages: readonly string[] = [
  ...ROOT_PAGES,
  ...folder.filter((name) => name.endsWith('.md')).map((name) => `docs/${name.replaceAll('\\', '/')}`),
].sort();

export function read(page: string): string {
  return readFileSync(new URL(page, root), 'utf8');
}

const FENCE = /(?:^<!-- (.+?) -->\n)?^```(\w*)\n([\s\S]*?)^```$/gm;

export function blocksOf(page: string): Block[] {
  const source = read(page);
  return [...source.matchAll(FENCE)].map((match) => ({
    page,
    line: source.slice(0, match.index).split('\n').length,
    language: match[2]!,
    mark: match[1] ?? '',
    text: match[3]!,
  }));
}

/** The generated page has blocks of its own, which other tests feed back. */
export const blocks: readonly Block[] = pages.filter((page) => page !== 'docs/reasons.md').flatMap(blocksOf);

export function marked(mark: string): Block {
  const found = blocks.filter((block) => block.mark.split(', ')[0] === mark);
  if (found.length !== 1) throw new Error(`${found.length} blocks are marked ${mark}`);
  return found[0]!;
}

/** Whether `GOLDEN=write` asks for the outputs that the pages show to be made anew; they are to be read before a commit. */
export const isWriting: boolean = process.env.GOLDEN === 'write';

export function writeAnew({ page, mark, language, text }: Block, made: string): void {
  const fenced = (content: string) => `<!-- ${mark} -->\n\`\`\`${language}\n${content}\`\`\``;
  writeFileSync(
    new URL(page, root),
    read(page).replace(fenced(text), () => fenced(made)),
  );
}
