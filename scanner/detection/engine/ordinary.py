"""A text as people store it, for measuring what expressions and rules cost when the rulebook is compiled."""

TEXT = (
    b"""<?php if (isset($_GET["page"])) { $name = htmlspecialchars($_GET["page"]); } // a remark
<div class="main"><a href="https://example.com/index.php?id=12&amp;x=y">The quick brown fox</a></div>
function open(path, mode) { return this.items[path] || (this.items[path] = load(path, mode)); }
body { margin: 0 auto; color: #333333 } \xe4\xb8\xad\xe6\x96\x87 = 1,024; -- 0x7f45 0000 ffff
"""
    * 200
)
