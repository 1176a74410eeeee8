// Wrong usage is found before anything is examined, and exits with 64; what fails while a target is examined is a bug, and is told as one.
import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { Command } from 'commander';
import { addDoctor } from '../../src/cli/doctor/command-line.js';
import { doctorCommand, type Examine } from '../../src/cli/doctor.js';

const URL_OF_NOBODY = 'ws://127.0.0.1:1/';

/** The exit code, and what was written to stderr. */
async function doctor(context: TestContext, words: readonly string[], examine: Examine) {
  const said: string[] = [];
  context.mock.method(process.stderr, 'write', (text: string) => said.push(text) > 0);
  let code: number | undefined;
  const command = addDoctor(new Command('doctor')).action(async (operands: string[]) => {
    code = await doctorCommand(operands, command, examine);
  });
  try {
    await command.parseAsync([...words], { from: 'user' });
  } finally {
    context.mock.restoreAll();
  }
  return { code, stderr: said.join('') };
}

const wrong: ReadonlyArray<readonly [readonly string[], RegExp]> = [
  [['--direct', 'nowhere'], /direct is HOST:PORT/],
  [['--resolve', 'name.test'], /resolve is an IPv4 or IPv6 address/],
  [['--page', 'ftp://h/?token=s3cret-value'], /page is the URL of a page/],
  [['--proxy', 'ftp://u:s3cret-value@h'], /proxy is not a URL such as/],
  [['--origin', 'a.test'], /origin is such as/],
  [['--header', 'Host: other.test'], /the field Host is the handshake's own/],
  [['--header', 'X-A: s3cret-value€'], /the field X-A has a value that cannot be sent/],
];

describe('wrong usage', () => {
  for (const [words, message] of wrong) {
    test(words.join(' '), async (context) => {
      const examine: Examine = () => assert.fail('nothing is examined');
      const { code, stderr } = await doctor(context, [...words, URL_OF_NOBODY], examine);
      assert.equal(code, 64);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /s3cret/);
    });
  }
});

test('a TypeError of ours is no wrong usage', async (context) => {
  const mistaken = new TypeError('of ours');
  await assert.rejects(
    doctor(context, [URL_OF_NOBODY], () => Promise.reject(mistaken)),
    mistaken,
  );
});
