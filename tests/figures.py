"""What tests of figures share: where texts come to lie, and as many targets as there are immune cell types."""

from unittest import mock

import numpy as np
from cam.sources.target_tables import read_lineages
from conftest import ROOT
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

LINEAGES = read_lineages(ROOT / "resources" / "immgen" / "lineages.tsv")


def texts_in_place(figure, smallest=5.5):
    """See that every text of a figure can be read: within the figure, apart from all others, and large enough.

    Returns
    -------
    list of str
        The texts.
    """
    texts, draw = [], Text.draw

    def record(text, renderer):
        if text.get_visible() and text.get_text().strip():
            texts.append(text)
        draw(text, renderer)

    figure.set_dpi(300)  # extents are whole pixels, which must not be large beside small type
    canvas = FigureCanvasAgg(figure)
    with mock.patch.object(Text, "draw", record):
        canvas.draw()
    boxes = np.array([text.get_window_extent(canvas.get_renderer()).extents for text in texts])
    width, height = canvas.get_width_height()
    for text, (left, bottom, right, top) in zip(texts, boxes, strict=True):
        assert left >= 0 and bottom >= 0 and right <= width and top <= height, f"cut off: {text}"
        assert text.get_fontsize() >= smallest, f"too small: {text}"
    left, bottom, right, top = boxes.T
    apart = (right[:, None] <= left) | (left[:, None] >= right) | (top[:, None] <= bottom) | (bottom[:, None] >= top)
    for first, second in np.argwhere(~apart & ~np.eye(len(texts), dtype=bool)):
        raise AssertionError(f"{texts[first]} and {texts[second]} overlap")
    return [text.get_text() for text in texts]
