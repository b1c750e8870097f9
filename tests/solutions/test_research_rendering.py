"""Reports become HTML in which nothing runs, whatever they contain."""

from __future__ import annotations

import re
import sys
from html.parser import HTMLParser

import pytest
from injections import INJECTIONS
from markdown_it import MarkdownIt

from workshop.config import ROOT

sys.path.append(str(ROOT / "solutions" / "05_deep_research"))

from deep_research.models import Source
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
    """A parser that collects what is in a piece of HTML."""

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
        """Return what could run, load or lead astray."""
        found = [f"<{tag}>" for tag, _ in self.tags if tag not in HARMLESS]
        for tag, attributes in self.tags:
            for name, value in attributes.items():
                is_link = (
                    tag == "a"
                    and name == "href"
                    and (value or "").lower().startswith(("http://", "https://"))
                )
                is_link = is_link or bool(re.fullmatch(r"#(source-\d+|cite-\d+-\d+)", value or ""))
                is_plain = name in {"id", "title", "rel", "target", "start", "value"}
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
        assert Reader(rendering.html_of(place.replace("{}", text), [])).active() == [], text


def test_the_sanitizer_is_what_holds() -> None:
    """With it taken away, the same texts are alive: the test above can fail."""
    raw = MarkdownIt("commonmark", {"html": True}).enable("table")
    assert sum(bool(Reader(raw.render(text)).active()) for text in INJECTIONS) >= 30


def test_headings_have_ids_of_their_own() -> None:
    tags = Reader(rendering.html_of(REPORT, [])).tags
    assert [attributes.get("id") for tag, attributes in tags if tag in {"h1", "h2"}] == [
        "section-a-bold-title",
        "section-findings",
        "section-findings-2",
        "section-sources",
    ]


def test_headings_that_look_like_counted_ones_and_headings_without_words() -> None:
    tags = Reader(rendering.html_of("# a\n\n# a\n\n# a 2\n\n# ?\n\n# !\n\n# Überblick 研究\n")).tags
    ids = [attributes["id"] for _, attributes in tags]
    assert len(set(ids)) == 6
    assert ids[-1] == "section-überblick-研究"


def test_links_lead_to_the_web_and_nowhere_else() -> None:
    html = rendering.html_of(
        REPORT + "\n[in](/api/cancel/x) [beside](//evil.example) [up](../x) [mail](mailto:a@b.c) [part](#x)",
        [],
    )
    links = [attributes for tag, attributes in Reader(html).tags if tag == "a"]
    out = [link for link in links if not (link.get("href") or "").startswith("#")]
    assert [link.get("href") for link in out] == [
        "https://example.org/a",
        "https://example.org/b?x=1&y=2",
        "http://example.org/c",
        *[None] * 5,
        "https://example.org/a",  # once more, in the list of sources
        "https://example.org/b?x=1&y=2",
        "http://example.org/c",
    ]
    assert all(link["rel"] == "noopener noreferrer" and link["target"] == "_blank" for link in out)
    assert out[1]["title"] == "Its title"


def test_tables_and_code_come_through() -> None:
    reader = Reader(rendering.html_of(REPORT))
    assert {"table", "thead", "tbody", "tr", "th", "td", "pre", "code"} <= {tag for tag, _ in reader.tags}
    assert 'if a < b and "</code>": print("<b>")' in reader.text


def test_a_picture_is_left_out() -> None:
    """It would tell somebody else's server who reads the report."""
    assert "img" not in rendering.html_of("![chart](https://tracker.example/p.png)")


A = Source(url="https://a.example/x", title="A page", quote="It is <b>so</b>.")
FORMS = {
    "numbers": "Claim [1]. Both [1, 2].\n\n## Sources\n\n1. [A](https://a.example/x)\n2. [B](https://b.example/y)\n",
    "a range": "Claim [1]. Both [1-2].\n\n# References\n\n- [1] [A](https://a.example/x)\n- [2] [B](https://b.example/y)\n",
    "lines": "Claim [1]. Both [1][2].\n\n**Sources**\n\n## Sources:\n\n[1] [A](https://a.example/x)\n[2] <https://b.example/y>\n",
    "footnotes": "Claim [^1]. Both [^1] [^2].\n\n[^1]: https://a.example/x\n[^2]: https://b.example/y\n",
    "definitions": "Claim [1]. Both [1] [2].\n\n[1]: https://a.example/x\n[2]: https://b.example/y\n",
    "brackets": "Claim 【1】. Both 【1†A】【2】.\n\n## Sources\n\n1. [A](https://a.example/x)\n2. [B](https://b.example/y)\n",
    "links alone": "Claim ([A](https://a.example/x)). Both [A](https://a.example/x) and [B](https://b.example/y).\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_citations_lead_to_their_source_and_back_in_whatever_form(form: str) -> None:
    html = rendering.html_of(FORMS[form] + "\n## Searches that failed\n\n- caching\n", [A])
    tags = Reader(html).tags
    links = [attributes for tag, attributes in tags if tag == "a"]
    ids = [attributes["id"] for _, attributes in tags if attributes.get("id")]
    assert len(set(ids)) == len(ids)
    inside = [str(link["href"])[1:] for link in links if str(link.get("href")).startswith("#")]
    assert sorted(inside) == sorted(["source-1"] * 2 + ["source-2"] + ["cite-1-1", "cite-1-2", "cite-2-1"])
    assert set(inside) <= set(ids), "every jump arrives"
    panel = html[html.index('<ol><li id="source-1"') :]
    assert "A page" in panel and "a.example" in panel and "b.example" in panel
    assert "It is &lt;b&gt;so&lt;/b&gt;." in panel, "the sentence that it was cited for, as text"
    assert html.index("Searches that failed") < html.index('id="section-sources"'), "nothing is lost"


def test_a_number_without_a_source_and_one_in_code_stay_as_they_are() -> None:
    html = rendering.html_of("Claim [7], `x[1]`, [1].\n\n## Sources\n\n1. [A](https://a.example/x)\n", [])
    assert "[7]" in Reader(html).text and "<code>x[1]</code>" in html and html.count('href="#source-') == 1
