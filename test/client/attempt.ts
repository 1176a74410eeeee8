// Knows: how to try to connect and get the error as a value. Must not know: which error.
import assert from 'node:assert/strict';
import { type ConnectOptions, connect } from '../../src/client/connect.js';
import { HandshakeError } from '../../src/errors.js';

/** Any promise that is rejected without a handler fails the file that imports this. */
process.on('unhandledRejection', (error) => {
  throw error;
});

/** The error of an attempt that must fail. */
export async function failing(url: string | URL, options?: ConnectOptions): Promise<HandshakeError> {
  try {
    const connection = await connect(url, options);
    connection.terminate();
  } catch (error) {
    assert.ok(error instanceof HandshakeError, String((error as Error).stack));
    return error;
  }
  throw new Error('the attempt succeeded');
}
