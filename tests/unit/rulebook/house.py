"""A small rules folder to begin with: the shipped agreement and policy, one good YARA rule with its samples."""

from collections.abc import Mapping
from pathlib import Path

from scanner.rulebook.samples import render_sample

SHIPPED = Path(__file__).resolve().parents[3] / "rules"

RULE = """\
rule webshell_php_eval_request
{
  meta:
    id = "webshell.php-eval-request"
    clause = "3.1.3.7"
    severity = "high"
    confidence = "high"
    ceiling = "suspend"
    status = "review"
    description = "A value of the request is run as PHP code"
    author = "test"
    reference = "own"
    lane = "script"
  strings:
    $eval = /eval\\s{0,8}\\(\\s{0,8}\\$_(GET|POST)/
  condition:
    $eval
}
"""

PACK = """\
schema: 1
pack: gambling
version: 2026.11.1
lists:
  law: [被告人, 判决]
rules:
- id: gambling.online-casino
  clause: 3.1.3.5.4
  severity: high
  confidence: high
  ceiling: suspend
  status: review
  description: An online casino offers a bonus
  author: test
  reference: own
  window: 100
  terms:
    venue: [真人荷官, 澳门娱乐城]
    bonus: [首存返水, 送彩金]
  when: near(venue, bonus, 40)
  unless: law
  tests:
    hit: ['澳门娱乐城首存返水百分之十', '真人荷官，注册送彩金']
    miss: ['我们去路口等你', '被告人开设澳门娱乐城，送彩金']
"""


def samples(rule: str, hit: Mapping[str, bytes], miss: Mapping[str, bytes]) -> str:
    """A samples file of one rule."""
    lines = ["schema: 1", "samples:", f"  {rule}:"]
    for kind, files in (("hit", hit), ("miss", miss)):
        lines.append(f"    {kind}:" if files else f"    {kind}: []")
        lines.extend(render_sample(name, "written for this test", data).rstrip("\n") for name, data in files.items())
    return "\n".join(lines) + "\n"


SAMPLES = samples(
    "webshell.php-eval-request",
    {"one.php": b"<?php eval($_POST['a']);", "two.php": b"<?php @eval ( $_GET[1] );"},
    {"fine.php": b"<?php echo htmlspecialchars($_GET['q']);", "doc.txt": b"never pass a request to eval()"},
)


def rules_folder(root: Path, files: Mapping[str, str | bytes] | None = None, *, bare: bool = False) -> Path:
    """A rules folder below `root`: agreement and policy, the good rule (unless `bare`), and these files over it."""
    whole: dict[str, str | bytes] = {
        name: (SHIPPED / name).read_text(encoding="utf-8") for name in ("agreement.yaml", "policy.yaml")
    }
    if not bare:
        whole |= {"yara/webshell/php.yar": RULE, "samples/webshell.yaml": SAMPLES}
    return folder(root / "rules", {**whole, **(files or {})})


def folder(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """A folder with these files."""
    for name, body in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body if isinstance(body, bytes) else body.encode("utf-8"))
    return root
