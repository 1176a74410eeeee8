// Knows: where the page begins. The feed is at `feed` beside the page, wherever that is mounted.
import './style/colours.css';
import './style/base.css';
import './style/shell.css';
import './style/list.css';
import './style/groups.css';
import './style/detail.css';
import './style/frames.css';
import './style/acts.css';
import './style/charts.css';
import { render } from 'preact';
import { startWatching } from './state/watching.js';
import { Shell } from './views/shell.js';

startWatching(new URL('feed', document.baseURI));
render(<Shell />, document.getElementById('app')!);
