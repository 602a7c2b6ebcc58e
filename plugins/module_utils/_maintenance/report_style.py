# Copyright: (c) 2026, xencloud.maintenance contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the page of a report looks.

Note that this is a private module: it may change at any time.
"""

from __future__ import annotations

from .markup import Markup

STYLE = Markup("""
:root {
  color-scheme: light dark;
  --text: #1c1e21; --quiet: #5f6570; --ground: #fff; --line: #e2e4e8; --step: #2f6db5; --window: #7b8494;
  --ha: #c2570c; --cloudstack: #7a3fc0; --ha-band: #c2570c26; --cloudstack-band: #7a3fc033;
  --done: #18733a; --failed: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #e6e8eb; --quiet: #9aa1ac; --ground: #16181c; --line: #30343b; --step: #6ea8ea; --window: #8d96a5;
    --ha: #f2994a; --cloudstack: #b690f0; --ha-band: #f2994a33; --cloudstack-band: #b690f040;
    --done: #62c487; --failed: #f28b82;
  }
}
body { font: 15px/1.45 system-ui, sans-serif; color: var(--text); background: var(--ground);
  max-width: 75rem; margin: 2rem auto; padding: 0 1rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; border-left: .4rem solid; padding-left: .7rem; }
h1.done { border-color: var(--done); }
h1.failed { border-color: var(--failed); }
h2 { font-size: 1.1rem; margin-top: 2rem; }
dl div { display: flex; gap: 1rem; }
dt, th { color: var(--quiet); font-weight: normal; }
dt { flex: 0 0 8rem; }
dd { margin: 0; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .7rem .25rem 0; border-top: 1px solid var(--line); }
td:nth-child(-n+2) { color: var(--quiet); white-space: nowrap; font-variant-numeric: tabular-nums; }
.lane { width: 45%; padding: 0; vertical-align: middle; background: var(--bands, none); }
@media (max-width: 40rem) { .lane { width: 25%; } }
th.lane span:last-child { float: right; }
.bar { height: .7rem; min-width: 2px; border-radius: 2px; width: var(--for);
  margin-left: min(var(--at), 100% - 2px); }
.bar.step { background: var(--step); }
.bar.window { background: var(--window); }
.bar.ha, .key.ha::before { background: var(--ha); }
.bar.cloudstack, .key.cloudstack::before { background: var(--cloudstack); }
.key { color: var(--quiet); margin-right: 1.5rem; }
.key::before { content: ""; display: inline-block; width: .8rem; height: .8rem; border-radius: 2px;
  margin-right: .4rem; vertical-align: -1px; }
""")
