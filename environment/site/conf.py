"""How Sphinx makes the site of the lessons; environment/book --site puts this file beside them and starts it.

Sphinx with MyST-NB and Furo: it shows the outputs that the notebooks have, its pages need no network, it reads well on
a phone, in the dark and on paper, and all of it are wheels that pip checks by their hashes. Jupyter Book 2 needs Node and
fetches its theme at each first build, Quarto is a program of its own, and the last MkDocs is of 2024.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import site_pages  # noqa: E402

project = "Costate"
html_title = "Costate"
language = "en"

extensions = ["myst_nb", "sphinx.ext.mathjax"]
root_doc = "index"
nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 4
smartquotes = False  # the text's quotes are as they are meant

mathjax_path = "mathjax.js"
mathjax3_config = {
    "options": {"enableMenu": False},  # the menu would fetch more scripts
    "tex": {"packages": {"[-]": ["noundefined"]}},  # an unknown command is an error, which a test finds
}

html_theme = "furo"
html_favicon = "static/logo.svg"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_extra_path = ["extra"]
templates_path = ["templates"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/elsewhere.html",
        "sidebar/scroll-end.html",
    ]
}
pygments_style = "a11y-high-contrast-light"
pygments_dark_style = "a11y-high-contrast-dark"
html_copy_source = False
html_show_sourcelink = False
html_use_index = False
html_show_copyright = False
html_last_updated_fmt = None


def setup(app):
    app.connect("html-page-context", site_pages.finish)
