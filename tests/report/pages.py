"""Reads a page as a strict browser and a careful reader would, and says what is wrong."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser
from itertools import pairwise

VOID = {"meta", "img", "input", "br", "hr", "link", "wbr", "col"}
#: Elements of SVG that are written closed.
SELF_CLOSED = {"line", "rect", "path", "circle", "polyline", "use"}
#: Attributes that may name something outside of the file.
ADDRESSES = {
    "src", "href", "srcset", "action", "data", "poster", "xlink:href", "formaction",
    "background", "cite", "ping", "manifest",
}  # fmt: skip


class Page(HTMLParser):
    """A page, read: its elements, ids and problems.

    Attributes
    ----------
    problems : list of str
        Whatever is wrong; empty for a sound page.
    elements : list of (str, dict)
        Names and attributes in their order.
    ids : Counter
    text : str
        Text outside of style and script.
    """

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.problems: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.ids: Counter[str] = Counter()
        self.text = ""
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self._finish()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if len(attributes) != len(attrs):
            self.problems.append(f"<{tag}> repeats an attribute: {attrs}")
        self.elements.append((tag, attributes))
        if "id" in attributes:
            self.ids[str(attributes["id"])] += 1
        self.problems += [f"<{tag}> handles {k}" for k in attributes if k.startswith("on")]
        if tag == "img" and not attributes.get("alt"):
            self.problems.append("a picture without words")
        if tag == "th" and attributes.get("scope") not in ("row", "col"):
            self.problems.append("<th> without scope")
        if tag == "script":
            self.scripts.append("")
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in SELF_CLOSED:
            self.problems.append(f"<{tag}/> is closed by itself")
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1] != tag:
            self.problems.append(f"</{tag}> closes {self._open[-3:]}, line {self.getpos()[0]}")
            if tag not in self._open:
                return
            while self._open[-1] != tag:
                self._open.pop()
        self._open.pop()

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["script"]:
            self.scripts[-1] += data
        elif self._open[-1:] == ["style"]:
            self.styles.append(data)
        else:
            self.text += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of every element of a name."""
        return [attributes for name, attributes in self.elements if name == tag]

    def _finish(self) -> None:
        if self._open:
            self.problems.append(f"not closed: {self._open}")
        self.problems += [f"id {k!r} comes {n} times" for k, n in self.ids.items() if n > 1]
        for tag, attributes in self.elements:
            for name in ADDRESSES & attributes.keys():
                self._address(tag, name, str(attributes[name]))
            for name in ("aria-labelledby", "aria-describedby", "for", "aria-controls"):
                for target in str(attributes.get(name) or "").split():
                    if target not in self.ids:
                        self.problems.append(f"{name} names {target!r}, which is not there")
            if re.search(r"url\(|@import", str(attributes.get("style") or "")):
                self.problems.append(f"<{tag}> has a style that loads something")
        if re.search(r"url\(|@import|https?:", "".join(self.styles)):
            self.problems.append("the style loads something")
        self._landmarks()
        self._policy()

    def _address(self, tag: str, name: str, value: str) -> None:
        if value.startswith("#"):
            if value[1:] not in self.ids:
                self.problems.append(f"<{tag} {name}> leads to {value}, which is not there")
        elif not (tag == "img" and value.startswith("data:image/png;base64,")):
            self.problems.append(f"<{tag} {name}> leads out of the file: {value[:80]}")

    def _landmarks(self) -> None:
        names = Counter(name for name, _ in self.elements)
        for tag in ("html", "main", "h1", "title", "header", "footer"):
            if names[tag] != 1:
                self.problems.append(f"<{tag}> comes {names[tag]} times")
        if not self.attributes("html")[0].get("lang"):
            self.problems.append("no language")
        levels = [int(name[1]) for name, _ in self.elements if re.fullmatch(r"h[1-6]", name)]
        for above, below in pairwise(levels):
            if below > above + 1:
                self.problems.append(f"h{below} follows h{above}")

    def _policy(self) -> None:
        metas = self.attributes("meta")
        found = [m for m in metas if m.get("http-equiv") == "Content-Security-Policy"]
        if len(found) != 1:
            self.problems.append("no content security policy")
            return
        rules = dict(r.strip().split(" ", 1) for r in str(found[0]["content"]).split(";"))
        allowed = {
            f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'"
            for s in self.scripts
        }
        wanted = {"default-src": "'none'", "img-src": "data:", "style-src": "'unsafe-inline'"}
        for rule, value in wanted.items():
            if rules.get(rule) != value:
                self.problems.append(f"{rule} is {rules.get(rule)}")
        if set(rules["script-src"].split()) != allowed:
            self.problems.append("the policy does not allow the scripts, and them alone")


def sound(html: str) -> Page:
    """Read a page and assert that nothing is wrong with it."""
    page = Page(html)
    assert not page.problems, page.problems
    return page
