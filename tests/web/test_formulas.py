from __future__ import annotations

import random
import re

import pytest

from assent.web import render

DRAWN = {
    "$x_1$": '<math display="inline"><mrow><msub><mi>x</mi><mn>1</mn></msub></mrow></math>',
    "\\(*a*\\)": '<math display="inline"><mrow><mo>*</mo><mi>a</mi><mo>*</mo></mrow></math>',
    "\\[a<b\\]": '<math display="block"><mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow></math>',
    "$$\n- b\n$$": '<math display="block"><mrow><mo>-</mo><mi>b</mi></mrow></math>',
    "$\\boxed{42}$": (
        '<math display="inline"><mrow><menclose notation="box"><mrow><mn>42</mn></mrow>'
        "</menclose></mrow></math>"
    ),
    "\\begin{align*}\na&=b\n\\end{align*}": (
        '<math display="block"><mrow><mtable displaystyle="true"><mtr><mtd columnalign="right">'
        '<mi>a</mi></mtd><mtd columnalign="left"><mi></mi><mo>=</mo><mi>b</mi></mtd></mtr></mtable>'
        "</mrow></math>"
    ),
}


@pytest.mark.parametrize(("text", "drawn"), DRAWN.items())
def test_a_formula_is_drawn_and_nothing_in_it_is_a_mark(text: str, drawn: str) -> None:
    html = render.markdown(text).replace("−", "-")
    assert html.strip() == f"<p>{drawn}</p>"


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("$\\frac{a_b_c$", "<p><code>$\\frac{a_b_c$</code></p>"),
        ("$$\na \\\\\n- b\n$$", "<pre><code>$$\na \\\\\n- b\n$$</code></pre>"),
        ("$\\text{<b>x</b>}$", "<p><code>$\\text{&lt;b&gt;x&lt;/b&gt;}$</code></p>"),
        ("\\[\n" + "x" * 2001 + "\n\\]", "<pre><code>\\[\n" + "x" * 2001 + "\n\\]</code></pre>"),
        ("$5 or $10, $5-$10, *US$5*", "<p>$5 or $10, $5-$10, <em>US$5</em></p>"),
        ("$$ opens", "<p>$$ opens</p>"),
    ],
)
def test_what_cannot_be_drawn_stays_as_it_was_written_and_a_price_is_no_formula(
    text: str, html: str
) -> None:
    assert render.markdown(text).strip() == html


@pytest.mark.parametrize(
    "latex",
    [
        "\\href{javascript:alert(1)}{x}",
        "\\style{position:fixed;inset:0}{x}",
        "\\class{primary}{x}",
        "\\color{transparent}{x}",
        "\\hspace{-90em}x",
        "\\rule{900em}{900em}x",
    ],
)
def test_a_formula_neither_leads_anywhere_nor_moves_hides_or_covers_anything(latex: str) -> None:
    html = render.markdown(f"${latex}$")
    assert "<mi>x</mi>" in html
    assert re.search(" (href|style|class|mathcolor|mathbackground|height)=|9", html) is None


PIECES = ["\\frac", "{", "}", "^", "_", "\\left(", "\\right)", "\\sqrt", "[", "&", "\\\\", "x", "1"]
PIECES += [
    "\\text{",
    "\\begin{matrix}",
    "\\end{matrix}",
    "\\over",
    "\\href{a}",
    "<p>",
    "&#60;b&#62;",
]
PIECES += [
    "\\begin{array}{c|c}",
    "\\substack{",
    "\\sum",
    "\\limits",
    "'",
    "%",
    "-->",
    "]]>",
    "<!--",
]
MATHS = re.compile(
    r'</?m[a-z]+( [a-z]+="[a-z0-9.]+")*>|</?(code|p|pre)>',
)


def test_no_formula_leaves_more_than_signs_that_are_known() -> None:
    rng = random.Random(1)
    for _ in range(3000):
        latex = "".join(rng.choices(PIECES, k=rng.randint(1, 30)))
        assert "<" not in MATHS.sub("", render.markdown(f"$${latex}$$\n\n$x{latex}x$"))


def test_words_alone_have_formulas_as_they_were_written() -> None:
    assert render.plainly("So **$x_1 < \\frac{1}{2}$**.") == "So $x_1 < \\frac{1}{2}$."


@pytest.mark.parametrize("opened", ["$", "$$", "\\(", "\\[", "$a ", "\\begin{a}\n", "$$\n"])
def test_formulas_that_never_end_are_text(opened: str) -> None:
    html = render.markdown(f"{opened}a")
    assert "<code>" not in html
    assert "<math" not in html
