"""PHP as it will run: comments gone, names and code put together, values of the request followed to where they go.

The plain script is made for rules, not for PHP: what a name or a call is known to be stands there, the rest as written.
Nothing is executed. It is linear in the tokens, bounded in what it makes, and blind to branches, loops and scopes.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from scanner.detection.scripts.calling import SHUT
from scanner.detection.scripts.folding import Folding
from scanner.detection.scripts.php_words import REQUEST, SINKS, WRAPPERS
from scanner.detection.scripts.pure import Value, is_pure, text_of
from scanner.detection.scripts.tokens import Token, tokens

MOST_TOKENS = 120_000
MOST_MADE = 4 * 1024 * 1024  # characters of a plain script with all that it hides
DEEPEST = 6  # code inside code
LONGEST_FLOW = 160  # characters by which a value of the request is known
REACH = 60  # tokens within which a bracket that is called has to end
SHOWN = 4_096  # characters of a constant that stand in the plain script; code in it is looked at whole
_CODE = re.compile(
    r"<\?php|\$_(?:GET|POST|REQUEST|COOKIE|SERVER)\b|\b(?:eval|assert|function|echo|include|return|if)\b.{0,200}[;{]",
    re.S,
)
_IDENTIFIER = re.compile(r"\\?[A-Za-z_][A-Za-z0-9_]{1,40}\Z")
_WORDY = frozenset({"word", "var", "number"})


def plain_php(source: str) -> str:
    """The script with everything undone that could be worked out; code that it hides in strings stands at the end."""
    made, queue, seen = list[str](), [(source, 0)], set[str]()
    size = read = 0
    while queue and size < MOST_MADE and read < len(source) + MOST_MADE:
        text, depth = queue.pop(0)
        read += len(text)
        script = _Script(Folding(list(tokens(text, MOST_TOKENS))), own=frozenset(_OWN.findall(text.lower())))
        script.run()
        plain = "".join(script.out)
        made.append(plain if depth == 0 else f"\n<?php /*hidden code*/\n{plain}\n")
        size += len(plain)
        for code in script.hidden:
            if depth < DEEPEST and code not in seen and len(seen) < 200:
                seen.add(code)
                queue.append((code if "<?" in code else "<?php " + code, depth + 1))
    return "".join(made)[:MOST_MADE]


@dataclass(slots=True)
class _Script:
    """One script on its way to plain text. `flows`: what a variable got from the request, as text."""

    fold: Folding
    out: list[str] = field(default_factory=list)
    flows: dict[str, str] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)
    makers: dict[str, str] = field(default_factory=dict)
    _place: int = 0
    _sinks: list[int] = field(default_factory=list)
    _depth: int = 0
    own: frozenset[str] = frozenset()
    _pending: tuple[str, int, int] | None = None
    _last: str = ""
    _kind: str = ""
    _braces: int = 0
    _size: int = 0
    _calls: list[int] = field(default_factory=list)

    def run(self) -> None:
        """Walk the tokens once, as far as what is written stays within bounds."""
        tokens = self.fold.tokens
        texts = [*(token.text for token in tokens), ""]
        self._calls = [end for end, text in enumerate(texts) if text == "(" and texts[end - 1] in SHUT]
        while self._place < len(tokens) and self._size < MOST_MADE:
            before = self._place
            token = tokens[before]
            if not self._is_plain(token, texts[before + 1]):
                self._step(token)
            elif token.kind == "op" and token.text in _CLOSES:
                self._operator(token)
            elif token.kind == "word":
                self._word(token)
            else:
                self._emit(self._flow(token) if token.kind == "var" else token.text, token.kind)
            if self._place == before:
                self._place += 1

    def _is_plain(self, token: Token, behind: str) -> bool:
        """Whether nothing can come of the token, given the text behind it: most tokens end here, at little cost."""
        text, kind = token.text, token.kind
        if kind == "op":
            return text not in _BEGINS or (text == "(" and self._kind == "word" and not self._has_call(self._place))
        if kind == "var":
            return behind not in _TAKES and text != "$GLOBALS" and text[1:] not in self.fold.known
        if kind == "word":
            return f"const {text}" not in self.fold.known if behind != "(" else not is_pure(text)
        return False

    def _has_call(self, place: int) -> bool:
        """Whether a bracket, or what an index picked, is called within reach of `place`."""
        found = bisect_right(self._calls, place)
        return found < len(self._calls) and self._calls[found] < place + REACH

    def _step(self, token: Token) -> None:
        if token.kind in ("var", "op") and (token.kind == "var" or token.text == "$") and self._assigned():
            return
        if token.kind in ("single", "double", "heredoc", "var", "word") or token.text in ("(", "~", "[", "$"):
            if token.kind != "word" and self._callee():
                return
            if not (token.text == "(" and self._kind == "word") and self._constant():
                return
        match token.kind:
            case "var":
                self._emit(self._flow(token), "var")
            case "word":
                self._word(token)
            case "op":
                self._operator(token)
            case "page":
                self._end_statement()
                self._emit(token.text + " ", "op")
            case "double":
                self._emit(self._quoted(token.text), "const")
            case _:
                self._emit(token.text.replace("\n", " ").replace("\r", " ")[:SHOWN], "const")

    def _constant(self) -> bool:
        """Write a constant expression as one string."""
        if self._last.lower().endswith(("global", "static", "private", "public", "protected")):
            return False
        found = self.fold.value(self._place)
        if found is None or isinstance(found[0], dict):
            return self._renamed()
        if self._first_is_name() and (isinstance(found[0], int) or self.fold.at(found[1]).text in _CHANGES):
            return self._renamed()
        self._show(found[0], found[1] - self._place)
        self._place = found[1]
        return True

    def _show(self, value: Value, width: int) -> None:
        """The value of `width` tokens as it stands in the plain script; code that it holds is kept, to be looked at."""
        text = text_of(value)
        run = self._sinks and any(mark in text for mark in "($;")
        if (run and len(text) > 5) or (width > 1 and len(text) > 40 and _CODE.search(text)):
            self.hidden.append(text)
        quote = "'" if "'" not in text else '"'
        shown = text[:SHOWN].replace("\n", " ").replace("\r", " ")
        self._emit(text if isinstance(value, int) else f"{quote}{shown}{quote}", "const")

    def _first_is_name(self) -> bool:
        """Whether a variable begins here; one that is being set, or counts something, is left as it is written."""
        return self.fold.at(self._place).text[:1] == "$"

    def _renamed(self) -> bool:
        """A variable under another writing of its name: `${'_POST'}` is `$_POST`."""
        named = self.fold.name(self._place)
        if named is None or named[1] == self._place + 1 or not _IDENTIFIER.match(named[0]):
            return False
        self._place = named[1]
        self._emit(self._flow(Token("var", f"${named[0]}")), "var")
        return True

    def _callee(self) -> bool:
        """A call whose function's name is worked out: write the name."""
        named = self._called_name()
        if named is None:
            return False
        text, place = named
        self._place = place
        self._word(Token("word", text))
        return True

    def _called_name(self) -> tuple[str, int] | None:
        at, place = self.fold.at, self._place
        variable = self.fold.name(place)
        if variable is not None and at(variable[1]).text == "(":
            value = self.fold.known.get(variable[0])
            if isinstance(value, str) and _IDENTIFIER.match(value):
                return value, variable[1]
            maker = self.makers.get(variable[0])
            if maker:
                return maker, variable[1]
            flow = self.flows.get(variable[0]) if not self._last.lower().rstrip().endswith("new") else None
            return (flow, variable[1]) if flow else None
        end = self._before_call(place)
        found = self._alone(place, end) if end is not None else None
        if found is not None and end is not None and isinstance(found, str) and _IDENTIFIER.match(found):
            return found, end
        return None

    def _before_call(self, place: int) -> int | None:
        """Where the bracket of a call begins, if what starts here is a bracket or an index that is called."""
        at, depth = self.fold.at, 0
        first = at(place).text
        if (first not in ("(", "$") and at(place + 1).text not in ("[", "{", "(")) or not self._has_call(place):
            return None
        for end in range(place, min(place + REACH, len(self.fold.tokens))):
            text = at(end).text if at(end).kind == "op" else ""
            if text == "(" and depth == 0 and end > place and at(end - 1).text in (")", "]", "}"):
                return end
            depth += (text in ("(", "[", "{")) - (text in (")", "]", "}"))
            if (text in (";", ",", "=") and depth <= 0) or depth < 0:
                return None
            if depth == 0 and text not in (")", "]", "}", "$", "") and end > place:
                return None
        return None

    def _alone(self, place: int, end: int) -> Value | None:
        """The value of the tokens from `place` to `end`, if they are a constant by themselves."""
        part = Folding([*self.fold.tokens[place:end]], self.fold.known)
        found = part.value(0)
        return found[0] if found is not None and found[1] == end - place else None

    def _assigned(self) -> bool:
        """An assignment to a variable: remember what is worked out of it."""
        named = self.fold.name(self._place)
        if named is None:
            return False
        name, place = named
        operator = self.fold.at(place).text
        if operator == "[" or operator == "{":
            return self._element(name, place)
        if operator not in ("=", ".=") or self.fold.at(place).kind != "op":
            return False
        begin = place + 1 + (self.fold.at(place + 1).text == "&")
        found = self.fold.value(begin)
        old = self.fold.known.get(name)
        whole = (found is not None and self.fold.at(found[1]).text in (";", ",", ")", "")) or (
            found is not None and self.fold.at(found[1]).kind == "page"
        )
        self._emit(f"${name}{operator}", "op")
        if found is not None and whole and (operator == "=" or old is not None):
            value = found[0] if operator == "=" else self._longer(old, found[0])
            if isinstance(value, dict):
                self._place = begin
            else:
                self._show(found[0], found[1] - begin)
                self._place = found[1]
            self._keep(name, value)
            return True
        if operator == "=" or found is None:
            self.fold.learn(name, None)
        if operator == "=":
            self.flows.pop(name, None)
            self._made(name, begin)
        self._pending = (name, len(self.out), self._depth)
        self._place = begin
        return True

    def _made(self, name: str, place: int) -> None:
        """A name that a function of the script itself makes of constants stands where it is called."""
        maker = self.fold.at(place).text
        self.makers.pop(name, None)
        if maker.lower() in self.own and self.fold.at(place + 1).text == "(":
            found = self.fold.arguments(place + 2, ")")
            if found is not None and found[0] and self.fold.at(found[1]).text in (";", ")"):
                shown = ",".join(f"'{text_of(value)[:80]}'" for _, value in found[0])
                self.makers[name] = f"{maker}({shown})"

    def _keep(self, name: str, value: Value | None) -> None:
        self.flows.pop(name, None)
        self.fold.learn(name, value)

    def _longer(self, old: Value | None, more: Value) -> Value | None:
        joined = text_of(old if old is not None else "") + text_of(more)
        return joined if len(joined) < 256 * 1024 else None

    def _element(self, name: str, place: int) -> bool:
        """`$x[key] = constant` is remembered; anything else put into a known array makes it unknown."""
        array = self.fold.known.get(name)
        key = self.fold.index(place)
        if key is None or self.fold.at(key[1]).text != "=" or isinstance(array, str):
            return False
        found = self.fold.value(key[1] + 1)
        if found is None or self.fold.at(found[1]).text not in (";", ",", ")"):
            return False
        known = dict(array) if isinstance(array, dict) else {}
        text = text_of(key[0])
        known[int(text) if text.isdigit() else text] = found[0]
        if len(known) <= 512:
            self.fold.learn(name, known)
        return False

    def _quoted(self, text: str) -> str:
        """A string with variables in it; in the arguments of what runs code with what they got from the request."""
        shown = text[:SHOWN].replace("\n", " ").replace("\r", " ")
        if not self._sinks or not self.flows or "$" not in shown:
            return shown
        return _VARIABLE.sub(lambda match: self.flows.get(match.group(1), match.group()), shown)[:SHOWN]

    def _flow(self, token: Token) -> str:
        flow = self.flows.get(token.text[1:], "") if self._sinks or self._pending else ""
        behind = self.fold.at(self._place + (self.fold.at(self._place).text == token.text)).text
        return flow if flow and behind in _ENDS else token.text

    def _word(self, token: Token) -> None:
        low = token.text.lower().lstrip("\\")
        if low == "function":
            self._parameters()
        if low == "foreach":
            self._each()
        if low == "define":
            self._define()
        called = self.fold.at(self._place + (self.fold.at(self._place).text == token.text)).text == "("
        if low in SINKS or token.text.startswith("$"):
            self._sinks.append(self._depth if called else -1)
        self._emit(token.text, "word")

    def _parameters(self) -> None:
        """The parameters of a function are its own."""
        for place in range(self._place, min(self._place + 40, len(self.fold.tokens))):
            token = self.fold.at(place)
            if token.kind == "var":
                self.flows.pop(token.text[1:], None)
                self.fold.learn(token.text[1:], None)
            elif token.text == ")":
                return

    def _each(self) -> None:
        """`foreach ($_POST as $key => $value)` hands on what is in the request."""
        at = self.fold.at
        source = at(self._place + 2)
        flow = source.text if REQUEST.search(source.text) else self.flows.get(source.text[1:], "")
        for place in range(self._place + 3, self._place + 8):
            if at(place).kind == "var":
                self._keep(at(place).text[1:], None)
                if flow:
                    self.flows[at(place).text[1:]] = f"{flow[:40]}['each']" if flow.startswith("$_") else flow

    def _define(self) -> None:
        if self.fold.at(self._place + 1).text == "(":
            found = self.fold.arguments(self._place + 2, ")")
            if found is not None and len(found[0]) > 1:
                self.fold.learn(f"const {text_of(found[0][0][1])}", found[0][1][1])

    def _operator(self, token: Token) -> None:
        text = token.text
        if text == "(":
            self._depth += 1
        elif text == ")":
            self._depth -= 1
            while self._sinks and self._sinks[-1] >= self._depth:
                self._sinks.pop()
        elif (text == "{" and (self._kind == "var" or self._last.endswith("$"))) or (text == "}" and self._braces):
            self._braces += 1 if text == "{" else -1
        elif text in (";", "{", "}"):
            self._end_statement()
            text += "\n"
        self._emit(text, "op")

    def _end_statement(self) -> None:
        """What was assigned in this statement is a flow if it came from the request and went through nothing else."""
        self._sinks.clear()
        self._depth = self._braces = 0
        if self._pending is None:
            return
        name, start, _ = self._pending
        text = "".join(self.out[start:])[: 4 * LONGEST_FLOW]
        self._pending = None
        if len(text) <= LONGEST_FLOW and REQUEST.search(text) and _only_wrapped(text):
            self.flows[name] = text.strip()

    def _emit(self, text: str, kind: str) -> None:
        if kind in _WORDY:
            last = self._last[-1:]
            if last.isalnum() or last == "_" or last == "$":
                self.out.append(" ")
        self.out.append(text)
        self._size += len(text)
        self._kind = kind
        self._last = (self._last + text)[-12:]


_BEGINS = frozenset({"(", "~", "[", "$"})  # operators that a value or a name may begin with
_CLOSES = frozenset({"(", ")", "{", "}", ";"})  # operators that open or end something
_TAKES = frozenset({"=", ".=", "[", "{", "("})  # behind a variable: it is set, picked from or called
_CHANGES = frozenset({"=", ".=", "+=", "-=", "++", "--", "->", "=>"})
# Of lower-case text.
_OWN = re.compile(r"function(?<!\wfunction)\s{1,8}&?\s{0,4}([a-z_\x7f-\xff][a-z0-9_\x7f-\xff]{0,60})")
_ENDS = frozenset({")", ",", ".", ";", "]", "[", ""})  # what is compared or counted with is not run
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
_NAMES = re.compile(r"(?<![$\w'\"])[A-Za-z_]\w*(?=\s*\()")


def _only_wrapped(text: str) -> bool:
    """Whether no function but decoders stands between the request and the value."""
    return all(name.lower() in WRAPPERS for name in _NAMES.findall(text))
