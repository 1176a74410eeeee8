// The door `handfast/reflect`: a request told back to whoever sent it, as it arrived at a server of ours.
import { REFLECT_FIELD } from '../forensics/reflection.js';
import type { Mirror } from '../server/mirror.js';
import { Reflector, type ReflectorOptions } from './reflector.js';

export { REFLECT_FIELD, type Reflection, readReflection } from '../forensics/reflection.js';
export {
  compareReflection,
  type ReflectedFault,
  type ReflectedLine,
  type ReflectionDiff,
} from '../forensics/reflection-diff.js';
export type { Mirror } from '../server/mirror.js';
export type { ReflectorOptions } from './reflector.js';

export interface ReflectOptions extends ReflectorOptions {
  /** What a request must carry in the field `Handfast-Reflect`: a secret of 16 to 256 visible ASCII characters. */
  readonly token: string;
}

/**
 * For `createServer({ reflect: reflect({ token }) })`: a request that carries the token is reflected on whatever path it comes, and
 * reaches neither routes nor `authorize`. All others are served as if nothing were there.
 * @throws TypeError for a token that is too short to be a secret, or options that cannot be meant.
 */
export function reflect({ token, ...options }: ReflectOptions): Mirror {
  if (typeof token !== 'string' || !/^[!-~]{16,256}$/.test(token)) {
    throw new TypeError(
      `token in reflect() must be 16 to 256 visible ASCII characters, for the field ${REFLECT_FIELD}`,
    );
  }
  return new Reflector(token, options);
}
