#!/usr/bin/env bash
# datasets 4.8.5: a LeRobot dataset without a card is read with its tables of tasks and episodes among the rows.
#
# behaviour: `load_dataset(FOLDER)` takes every Parquet file below the folder, meta/ included, as rows of one table, and
#   ends in a DatasetGenerationError where the columns differ. It knows of data/ alone only by a README.md whose head
#   says `configs: [{config_name: default, data_files: data/*/*.parquet}]`.
# seen: without the card DatasetGenerationError; with it 3 rows.
# So: a dataset that is written locally needs the card at once, not only when it is pushed to the hub.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet datasets==4.8.5 pyarrow==26.0.1
HF_HUB_OFFLINE=1 HF_HOME="$folder/home" env/bin/python - <<'PY'
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import load_dataset
from datasets.exceptions import DatasetGenerationError

for name, table in {
    "data/chunk-000/file-000.parquet": {"index": [0, 1, 2], "action": [0.1, 0.2, 0.3]},
    "meta/tasks.parquet": {"task_index": [0], "task": ["find a chair"]},
}.items():
    path = Path("set", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(table), path)
try:
    load_dataset("set")
    raise SystemExit("it was read without a card: the behaviour has changed")
except DatasetGenerationError as error:
    print("without a card:", type(error).__name__)
Path("set/README.md").write_text("---\nconfigs:\n- config_name: default\n  data_files: data/*/*.parquet\n---\n")
rows = load_dataset("set")["train"]
print("with a card:", len(rows), "rows of", rows.column_names)
assert rows.column_names == ["index", "action"]
PY
