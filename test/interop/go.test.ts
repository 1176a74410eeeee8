// Debian's gorilla/websocket, both ways; it never keeps context.
import { need } from '../support/needs.js';
import { gorilla } from './peers/gorilla.js';
import { clientProgram, interop, serverProgram } from './suite.js';

interop('Go gorilla', {
  skip: need('go', 'gorilla').skip,
  client: (mode, url) => clientProgram(gorilla('gorilla_client'))(mode, url),
  server: () => serverProgram(gorilla('gorilla_server'))(),
  keepsContext: 'neither',
});
