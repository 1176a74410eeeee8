// Groups 12 and 13: our client under a peer that compresses with Node's streaming zlib.
import { autobahnDeflate } from './autobahn-deflate.js';

autobahnDeflate('client');
