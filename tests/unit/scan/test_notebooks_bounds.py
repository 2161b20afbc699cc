"""Notebooks whose cells are not found in their raw text are read in linear time."""

from __future__ import annotations

import json
import time

from miner.pipelines.scan.readers import notebook

LOAD = 'from transformers import AutoModel\nAutoModel.from_pretrained("zoo/alpha")\n'


def test_cells_that_the_text_spells_otherwise_take_no_square_of_time() -> None:
    cells = [{"cell_type": "markdown", "source": [f"x = {number}\n"]} for number in range(4000)]
    cells.append({"cell_type": "code", "source": [LOAD]})
    text = json.dumps({"cells": cells}, indent=0).replace('"source"', '"\\u0073ource"')
    started = time.process_time()
    found = notebook.read("a.ipynb", text.encode(), "b" * 40)
    assert time.process_time() - started < 10  # 35 s when every cell looked through all lines
    assert "zoo/alpha" in repr(found)
