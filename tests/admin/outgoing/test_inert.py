"""HTML of messages keeps its text and looks, and nothing that leads elsewhere."""

from __future__ import annotations

import pytest

from wagtail_partner_smtp.admin.outgoing.inert import inert


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ('<p style="color: red" class="a">Dear&nbsp;Jane &amp; Bob</p>', None),
        ("<table><tr><td colspan=2>1</td></tr></table>", '<table><tr><td colspan="2">1</td></tr></table>'),
        ("<style>p > b { color: red }</style>", "<style>p > b { color: red }</style>"),
        (
            '<img src="data:image/png;base64,AAAA" alt="Logo">',
            '<img alt="Logo" src="data:image/png;base64,AAAA">',
        ),
        ('<img src="https://t.example/x.png" alt="Logo">', '<img alt="Logo">'),
        ('<img src="cid:logo" srcset="https://t.example/x 2x">', "<img>"),
        ('<a href="https://a.example/?b=1&amp;c">pay</a>', '<a title="https://a.example/?b=1&amp;c">pay</a>'),
        ('<a href="javascript:alert(1)" title="t">x</a>', '<a title="javascript:alert(1)">x</a>'),
        ("<script>alert(1)</script>after", "after"),
        ("<script src=//t.example></script>after", "after"),
        ("<title>no</title>after", "after"),
        ('<p onclick="alert(1)">x</p>', "<p>x</p>"),
        ('<p title="a&quot; onclick=&quot;b">x</p>', '<p title="a&quot; onclick=&quot;b">x</p>'),
        ('<link rel=preconnect href="https://t.example"><meta http-equiv=refresh content="0;url=/">', ""),
        ('<base href="https://t.example"><iframe src=x>in</iframe><form action=x>pay</form>', "inpay"),
        ("<svg><a xlink:href='x'><style>a</style></a></svg>", "<a><style>a</style></a>"),
        ("a < b &lt;script&gt;", "a &lt; b &lt;script&gt;"),
        ("<!-- <script>x</script> -->after", "after"),
        ("<p>open", "<p>open"),
        ("</div></p>after", "</div></p>after"),
    ],
)
def test_what_is_kept(html: str, kept: str | None) -> None:
    expected = html.replace("&nbsp;", "\xa0") if kept is None else kept
    assert inert(html) == expected


@pytest.mark.parametrize(
    "html", ["<style><script>x</script>", "<style>a", "<script>", "<a <b>", "<img src", "<"]
)
def test_what_is_unfinished_gets_no_further(html: str) -> None:
    assert "<script" not in inert(html).replace("<style><script>x</script>", "")
