// Knows: how questions that are requests of their own arrive once each and in their order. Pure.
// Must not know: what is asked, or how a request is made.

/** Of several processes behind one address another may answer, which knows nothing of the stream: it is asked again so often. */
const ASKED_AGAIN = 4;
const NOT_FOUND = 404;

export class Questions {
  readonly #post: (body: string) => Promise<number>;
  #last: Promise<void> = Promise.resolve();

  /** `post` gives the status of the answer. */
  constructor(post: (body: string) => Promise<number>) {
    this.#post = post;
  }

  /** Each leaves after the answer to the one before. One that fails is not kept, as it is with a socket that breaks. */
  ask(body: string): void {
    this.#last = this.#last.then(() => this.#ask(body)).catch(() => {});
  }

  async #ask(body: string): Promise<void> {
    for (let again = 0; again <= ASKED_AGAIN; again += 1) if ((await this.#post(body)) !== NOT_FOUND) return;
  }
}
