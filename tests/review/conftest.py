from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from review.page import ProductionPage, render_page
from tests.review.browser import Tab, chromium, open_tab
from tests.review.production import make_production


@pytest.fixture(scope="session")
def production(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ProductionPage]:
    """A folder of deliverables with its page beside them."""
    folder = tmp_path_factory.mktemp("production")
    page = make_production(folder)
    (folder / "index.html").write_text(render_page(page), "utf-8")
    return folder, page


@pytest.fixture(scope="session")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tab]:
    if chromium() is None:
        pytest.skip("no Chromium here; get it with: apt-get install chromium")
    with open_tab(tmp_path_factory.mktemp("chromium")) as tab:
        yield tab
