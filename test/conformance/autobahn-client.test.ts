// Our connection as a client, echoing; the script plays the other side.
import { autobahn } from './autobahn.js';

autobahn('client');
