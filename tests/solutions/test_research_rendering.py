"""Reports become HTML in which nothing runs, whatever stands in them."""

from __future__ import annotations

import sys
from html.parser import HTMLParser

import pytest
from injections import INJECTIONS
from markdown_it import MarkdownIt

from workshop.config import ROOT

sys.path.append(str(ROOT / "solutions" / "05_deep_research"))

from deep_research.web import rendering  # once the stage is on the path

HARMLESS = {
    *(
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "p",
        "a",
        "em",
        "strong",
        "code",
        "pre",
        "blockquote",
        "br",
        "hr",
        "ul",
        "ol",
        "li",
    ),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
REPORT = """# A **bold** [title](https://example.org/a)

## Findings

Vector clocks order events [1].

| source | point |
|:--|--:|
| one | two |

## Findings

```python
if a < b and "</code>": print("<b>")
```

1. [A source](https://example.org/b?x=1&y=2 "Its title")
2. <http://example.org/c>
"""


class Reader(HTMLParser):
    """Collects what is in a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def active(self) -> list[str]:
        """What could run, load or lead astray."""
        found = [f"<{tag}>" for tag, _ in self.tags if tag not in HARMLESS]
        for tag, attributes in self.tags:
            for name, value in attributes.items():
                is_link = (
                    tag == "a"
                    and name == "href"
                    and (value or "").lower().startswith(("http://", "https://"))
                )
                is_plain = name in {"id", "title", "rel", "target", "start"}
                if not is_link and not is_plain:
                    found.append(f"<{tag} {name}={value}>")
        return found


def test_the_forty_injections_are_forty() -> None:
    assert len(set(INJECTIONS)) == 40
    # The reader of these tests sees what is active in most of them as they are; the others are Markdown or
    # templates.
    assert sum(bool(Reader(text).active()) for text in INJECTIONS) >= 30


@pytest.mark.parametrize(
    "place",
    ["{}", "# {}", "- {}", "| a |\n|---|\n| {} |", "[{}](https://a.example)", "[a](https://a.example '{}')"],
)
@pytest.mark.parametrize("is_html_let_through", [False, True], ids=["as it is", "were raw HTML let through"])
def test_no_injection_comes_out_alive(
    place: str, is_html_let_through: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second case stands for a hole in the Markdown renderer: the sanitizer alone has to hold."""
    if is_html_let_through:
        monkeypatch.setattr(rendering, "MARKDOWN", MarkdownIt("commonmark", {"html": True}).enable("table"))
    for text in INJECTIONS:
        assert Reader(rendering.html_of(place.replace("{}", text))).active() == [], text


def test_the_sanitizer_is_what_holds() -> None:
    """With it taken away, the same texts are alive: the test above can fail."""
    raw = MarkdownIt("commonmark", {"html": True}).enable("table")
    assert sum(bool(Reader(raw.render(text)).active()) for text in INJECTIONS) >= 30


def test_headings_have_ids_of_their_own() -> None:
    tags = Reader(rendering.html_of(REPORT)).tags
    assert [attributes.get("id") for tag, attributes in tags if tag in {"h1", "h2"}] == [
        "section-a-bold-title",
        "section-findings",
        "section-findings-2",
    ]


def test_headings_that_look_like_counted_ones_and_headings_without_words() -> None:
    tags = Reader(rendering.html_of("# a\n\n# a\n\n# a 2\n\n# ?\n\n# !\n\n# Überblick 研究\n")).tags
    ids = [attributes["id"] for _, attributes in tags]
    assert len(set(ids)) == 6
    assert ids[-1] == "section-überblick-研究"


def test_links_lead_to_the_web_and_nowhere_else() -> None:
    html = rendering.html_of(
        REPORT + "\n[in](/api/cancel/x) [beside](//evil.example) [up](../x) [mail](mailto:a@b.c) [part](#x)"
    )
    links = [attributes for tag, attributes in Reader(html).tags if tag == "a"]
    assert [link.get("href") for link in links] == [
        "https://example.org/a",
        "https://example.org/b?x=1&y=2",
        "http://example.org/c",
        *[None] * 5,
    ]
    assert all(link["rel"] == "noopener noreferrer" and link["target"] == "_blank" for link in links)
    assert links[1]["title"] == "Its title"


def test_tables_and_code_come_through() -> None:
    reader = Reader(rendering.html_of(REPORT))
    assert {"table", "thead", "tbody", "tr", "th", "td", "pre", "code"} <= {tag for tag, _ in reader.tags}
    assert 'if a < b and "</code>": print("<b>")' in reader.text


def test_a_picture_is_left_out() -> None:
    """It would tell somebody else's server who reads the report."""
    assert "img" not in rendering.html_of("![chart](https://tracker.example/p.png)")
