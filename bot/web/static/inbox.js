// The inbox. Everything works without this; with it nothing reloads, and what colleagues and learners do appears.

import * as composer from "./inbox/composer.js";
import * as keys from "./inbox/keys.js";
import * as live from "./inbox/live.js";
import * as menus from "./inbox/menus.js";
import * as notices from "./inbox/notices.js";
import * as picker from "./inbox/picker.js";
import * as search from "./inbox/search.js";
import * as view from "./inbox/view.js";
import { prepare } from "./inbox/panes.js";

prepare(document);
// The picker before the composer: Enter takes the chosen reply and sends nothing.
for (const part of [picker, composer, menus, search, view, keys, notices, live]) part.start();
