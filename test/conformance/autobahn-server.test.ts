// Our connection as a server, echoing; the script plays the other side.
import { autobahn } from './autobahn.js';

autobahn('server');
