// RFC 7692 §7.2.3: the RFC's own examples of a compressed message, and what they expand to, for the codec and for connections alike.

export const HELLO = 'f2 48 cd c9 c9 07 00';
export const HELLO_FINAL = 'f3 48 cd c9 c9 07 00';

export const EXAMPLES: [section: string, what: string, octets: string, text: string][] = [
  ['§7.2.3.1', 'one block with fixed codes', HELLO, 'Hello'],
  ['§7.2.3.3', 'a block without compression', '00 05 00 fa ff 48 65 6c 6c 6f 00', 'Hello'],
  ['§7.2.3.4', 'a final block, and the empty one behind it', `${HELLO_FINAL} 00`, 'Hello'],
  ['§7.2.3.4', 'a final block alone', HELLO_FINAL, 'Hello'],
  ['§7.2.3.4', 'a final block without compression', '01 05 00 fa ff 48 65 6c 6c 6f 00', 'Hello'],
  ['§7.2.3.5', 'two blocks', 'f2 48 05 00 00 00 ff ff ca c9 c9 07 00', 'Hello'],
  ['§7.2.3.6', 'an empty block: an empty message', '00', ''],
  ['§7.2.3.6', 'the same, final, in full', '01 00 00 ff ff', ''],
  ['§7.2.3.6', 'the same, final, cut as the others are', '01', ''],
  ['§7.2.3.6', 'a block, and the empty one behind it final', '00 05 00 fa ff 48 65 6c 6c 6f 01', 'Hello'],
];
