"""The report as one HTML file: nothing in it points outside, figures are inside as data."""

import base64
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from analysis.report.content import Content, ShownFigure
from analysis.report.format import tidy_text

PIXELS_PER_MM = 96 / 25.4
ENLARGED = 1.25
MIME = {".svg": "image/svg+xml", ".png": "image/png"}


def render_html(content: Content) -> bytes:
    """The page as UTF-8. Every text is escaped; figures are data URIs with their alt text."""
    page = _environment().get_template("report.html.j2").render(r=content)
    return page.encode("utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("analysis.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["tidy"] = tidy_text
    environment.filters["data_uri"] = data_uri
    environment.filters["pixels"] = pixels
    return environment


def data_uri(figure: ShownFigure) -> str:
    """The picture of a figure as a data URI."""
    encoded = base64.b64encode(figure.path.read_bytes()).decode("ascii")
    return f"data:{MIME[figure.path.suffix]};base64,{encoded}"


def pixels(figure: ShownFigure) -> int:
    """The width a figure takes on a screen: larger than on paper, so that its text is as large as the page's."""
    return round(figure.width_mm * PIXELS_PER_MM * ENLARGED)
