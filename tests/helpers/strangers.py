r"""Forty texts that a stranger could get into a notebook: through a model, a tool, a workflow id, a report, a
notice.

Each tries to run a script (`pwned()`, which the page under test defines), to load something from outside
(`tracker.invalid`), or to press something in JupyterLab or VS Code. tests/helpers/injections.py has forty
more, which are about web pages in general.
"""

from __future__ import annotations

FIRST = (
    "<img src=x onerror=pwned()>",
    "<script>pwned()</script>",
    "<svg onload=pwned()></svg>",
    '<iframe srcdoc="<script>parent.pwned()</script>"></iframe>',
    "[source](javascript:pwned())",
    "![chart](https://tracker.invalid/p.png)",
    '<img src="https://tracker.invalid/p.png">',
    "<style>@import url(https://tracker.invalid/a.css);</style>",
    '<div style="background:url(https://tracker.invalid/b.png)">text</div>',
    r"$\href{javascript:pwned()}{click}$",
    r"\(\href{javascript:pwned()}{click}\)",
    r"\begin{equation}\class{jp-mod-active}{\href{https://tracker.invalid}{x}}\end{equation}",
    '<button data-commandlinker-command="terminal:create-new">open</button>',
    '<base href="https://tracker.invalid/">',
    '<meta http-equiv="refresh" content="0;url=https://tracker.invalid/">',
    '<form action="https://tracker.invalid"><input name=key autofocus '
    "onfocus=pwned()><button>send</button></form>",
    "\x1b]8;;javascript:pwned()\x1b\\click\x1b]8;;\x1b\\",
    "</title></text><script>pwned()</script>",
    '"><animate onbegin=pwned() attributeName=x dur=1s>',
    "<a href='x'><img src=x onerror=pwned()></a>",
)
"""The texts that the code was written with."""

ASIDE = (
    "<details open ontoggle=pwned()><summary>more</summary></details>",
    '<link rel="stylesheet" href="https://tracker.invalid/s.css">',
    '<object data="https://tracker.invalid/o.swf"></object>',
    '<video autoplay poster="https://tracker.invalid/v.png"><source src=x onerror=pwned()></video>',
    "[source](data:text/html;base64,PHNjcmlwdD5wd25lZCgpPC9zY3JpcHQ+)",
    "[source]\n\n[source]: javascript:pwned()",
    "<JaVaScRiPt:pwned()>",
    r"$$\style{background:url(https://tracker.invalid/m.png)}{x}\unicode{x3c}img$$",
    r"\[\require{html}\cssId{jupyterlab-splash}{\href{javascript:pwned()}{here}}\]",
    "<svg><style>@font-face{font-family:x;src:url(https://tracker.invalid/f.woff)}text{font-family:x}</style><text>a</text></svg>",
    '<svg><foreignObject><iframe src="javascript:parent.pwned()"></iframe></foreignObject></svg>',
    "<svg><use href=\"data:image/svg+xml,<svg id=x xmlns='http://www.w3.org/2000/svg'>"
    "<image href='1' onerror='pwned()'/></svg>#x\"/></svg>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x '
    'onerror=pwned()&gt;"></table></mtext></math>',
    '<a href="/lab?reset" data-commandlinker-command="apputils:reset">again</a>',
    '<input type=image src="https://tracker.invalid/i.png" formaction=javascript:pwned()>',
    "File ' autofocus tabindex=0 onfocus=pwned() x=':12\n 12 run",
    "]]></title></svg><img src=x onerror=pwned()><svg><title><![CDATA[",
    "\x1b[8m\x1b[2J\x1b]0;owned\x07www.tracker.invalid \x9b31m",
    '<p style="position:fixed;inset:0;z-index:9999" onclick=pwned() class="jp-Dialog">Session over. Type '
    "your key.</p>",
    "{{constructor.constructor('pwned()')()}}<template shadowrootmode=open><img src=x "
    "onerror=pwned()></template>",
)
"""The texts that were held back until the code was done."""

STRANGERS = FIRST + ASIDE
