"""Reads the parts of a Markdown page that tests look at: fenced blocks and links."""
import re


class Block:
    """A fenced block: its language, its text, the line of its fence and the file that the text before it names."""

    def __init__(self, language, line, name):
        self.language, self.line, self.name, self.lines = language, line, name, []

    @property
    def text(self):
        return "\n".join(self.lines) + "\n"


def blocks(path):
    """All fenced blocks. A paragraph before one that ends in "`name`:" names the file it belongs into."""
    found, block, before = [], None, ""
    with open(path, encoding="utf-8") as page:
        for number, line in enumerate(page, 1):
            line = line.rstrip("\n")
            fence = re.fullmatch(r"```(\w*)", line)
            if block is None and fence:
                name = re.search(r"`([\w./-]+\.\w+)`[^`]*:$", before)
                block = Block(fence[1], number, name[1] if name else None)
            elif block is not None and line == "```":
                found.append(block)
                block, before = None, ""
            elif block is not None:
                block.lines.append(line)
            elif line:
                before = line
    return found


def links(path):
    """(line, target) of every link."""
    with open(path, encoding="utf-8") as page:
        for number, line in enumerate(page, 1):
            for target in re.findall(r"\]\(([^)\s]+)\)", line):
                yield number, target


def rows(path):
    """Cells of every table row whose first cell is one or more keys in backquotes."""
    with open(path, encoding="utf-8") as page:
        for line in page:
            cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
            if line.startswith("|") and cells[0].startswith("`"):
                yield cells
