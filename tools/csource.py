"""csource: C source as the lint tools see it.

Not a compiler's view: comments and the contents of strings are blanked out, lines keep their
numbers, macros stay words. That is enough to find includes, calls, functions and their nesting.
"""

import re
import subprocess
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

_SKIPPED = re.compile(
    r"""//[^\n]*                        # comments
      | /\*.*?(?:\*/|\Z)
      | "(?:\\.|[^"\\\n])*"             # strings
      | '(?:\\.|[^'\\\n])*'""",
    re.DOTALL | re.VERBOSE,
)
_DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n\\]|\\.|\\\n)*", re.MULTILINE)
_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
_TOKEN = re.compile(r"[A-Za-z_]\w*|\n|[^\s\w]|\d[\w.]*")
_NESTING = {"if", "for", "while", "switch"}
_CLOSER = {"(": ")", "[": "]", "{": "}"}


@dataclass
class Function:
    """One function definition: where it stands, and what the limits are about."""

    name: str
    line: int
    lines: int = 0
    parameters: int = 0
    nesting: int = 0


@dataclass
class Token:
    text: str
    line: int


@dataclass
class Source:
    """One C file, blanked."""

    path: Path
    text: str
    code: str = field(init=False)

    def __post_init__(self):
        self.code = _SKIPPED.sub(_blank, self.text)

    @classmethod
    def read(cls, path):
        return cls(path, path.read_text(encoding="utf-8", errors="surrogateescape"))

    def includes(self):
        """Yields (line, is_system, name) of each #include, in order."""
        commentless = re.sub(r"//[^\n]*|/\*.*?\*/", _blank_all, self.text, flags=re.DOTALL)
        for match in _INCLUDE.finditer(commentless):
            yield self.line_at(match.start()), match[1] == "<", match[2]

    def line_at(self, offset):
        return self.text.count("\n", 0, offset) + 1

    def functions(self):
        """Returns the Functions defined in the file."""
        return _Scanner(self.code).functions()


def _blank_all(match):
    return re.sub(r"[^\n]", " ", match[0])


def _blank(match):
    """Blanks a comment whole, and of a string what is between the quotes."""
    quote = match[0][0]
    if quote == "/":
        return _blank_all(match)
    return quote + re.sub(r"[^\n]", " ", match[0][1:-1]) + quote


class _Scanner:
    """Walks the tokens of a file: definitions at the top, statements in their bodies."""

    def __init__(self, code):
        code = _DIRECTIVE.sub(_blank_all, code)
        self.tokens = []
        line = 1
        for match in _TOKEN.finditer(code):
            if match[0] == "\n":
                line += 1
            else:
                self.tokens.append(Token(match[0], line))
        self.deepest = 0

    def text(self, at):
        return self.tokens[at].text if at < len(self.tokens) else ""

    def past(self, at):
        """Returns the place behind the bracket that closes the one at `at`."""
        depth = 0
        while at < len(self.tokens):
            if self.text(at) in _CLOSER:
                depth += 1
            elif self.text(at) in _CLOSER.values():
                depth -= 1
                if depth == 0:
                    return at + 1
            at += 1
        return at

    def functions(self):
        found = []
        at, bracket = 0, None
        while at < len(self.tokens):
            word = self.text(at)
            if word == "{" and bracket is not None:
                found.append(self.function(bracket, at))
            if word == "{":
                at, bracket = self.past(at), None
            elif word == "(":
                if self.text(at - 1).isidentifier() and self.text(at - 1) != "__attribute__":
                    bracket = at
                at = self.past(at)
            else:
                if word in (";", "=", "}", ","):
                    bracket = None
                at += 1
        return found

    def function(self, bracket, body):
        end = self.past(body)
        name = self.tokens[bracket - 1]
        self.deepest = 0
        self.block(body, 0)
        return Function(
            name=name.text,
            line=name.line,
            lines=self.tokens[end - 1].line - name.line + 1,
            parameters=self.parameters(bracket),
            nesting=self.deepest,
        )

    def parameters(self, bracket):
        at, end = bracket + 1, self.past(bracket) - 1
        if end - at == 0 or (end - at == 1 and self.text(at) == "void"):
            return 0
        count = 1
        while at < end:
            if self.text(at) in _CLOSER:
                at = self.past(at)
                continue
            count += self.text(at) == ","
            at += 1
        return count

    def block(self, at, depth):
        """Reads { … } and returns the place behind it."""
        end = self.past(at)
        at += 1
        while at < end - 1:
            at = self.statement(at, depth)
        return end

    def nested(self, at, depth):
        self.deepest = max(self.deepest, depth + 1)
        return self.statement(at, depth + 1)

    def statement(self, at, depth):
        """Reads one statement, with those inside it, and returns the place behind it."""
        word = self.text(at)
        if word == "{":
            return self.block(at, depth)
        if word == "do":
            return self.expression(self.nested(at + 1, depth))
        if word in ("case", "default"):
            return self.label(at)
        if word in _NESTING or self.is_loop_macro(at):
            return self.control(at, depth)
        return self.expression(at)

    def is_loop_macro(self, at):
        """Whether `word (…) {` stands here: a macro that loops, such as a table's for-each."""
        if not self.text(at).isidentifier() or self.text(at + 1) != "(":
            return False
        return self.text(self.past(at + 1)) == "{"

    def control(self, at, depth):
        is_if = self.text(at) == "if"
        at = self.nested(self.past(at + 1), depth)
        if is_if and self.text(at) == "else":
            if self.text(at + 1) == "if":
                return self.statement(at + 1, depth)
            return self.nested(at + 1, depth)
        return at

    def label(self, at):
        while at < len(self.tokens) and self.text(at) != ":":
            at = self.past(at) if self.text(at) in _CLOSER else at + 1
        return at + 1

    def expression(self, at):
        while at < len(self.tokens) and self.text(at) not in (";", "}"):
            at = self.past(at) if self.text(at) in _CLOSER else at + 1
        return at + 1


def tracked(root, *patterns):
    """Returns the paths below root that git keeps or would keep, or all where git isn't there.

    A pattern is relative to root; its * matches slashes too.
    """
    command = ["git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        names = set(filter(None, listed.split("\0")))
    except (OSError, subprocess.CalledProcessError):
        names = {path.relative_to(root).as_posix() for path in Path(root).rglob("*")}
    chosen = [n for n in names if not patterns or any(fnmatchcase(n, p) for p in patterns)]
    return [path for path in (Path(root, name) for name in sorted(chosen)) if path.is_file()]
