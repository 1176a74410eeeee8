// Groups 12 and 13: our server under a peer that compresses with Node's streaming zlib.
import { autobahnDeflate } from './autobahn-deflate.js';

autobahnDeflate('server');
