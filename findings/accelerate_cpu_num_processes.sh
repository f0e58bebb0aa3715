#!/usr/bin/env bash
# accelerate 1.15.0: `accelerate launch --cpu --num_processes 2` starts one process, and says nothing of the other.
#
# behaviour: without a configuration file that says `distributed_type: MULTI_CPU`, the launcher takes --cpu for a plain
#   run: the script runs once, with no RANK and no WORLD_SIZE in its environment, and --num_processes has no effect.
#   torchrun starts both, and PartialState in them finds gloo.
# seen: "accelerate: 1 process of 1", "torchrun: 2 processes of 2".
# So: who trains with several processes on CPUs starts them with torchrun; a global batch that is half as large as
#   thought is not noticed otherwise.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet torch==2.9.1 accelerate==1.15.0 numpy
cat > count.py <<'PY'
import os

from accelerate import PartialState

state = PartialState(cpu=True)
with open(os.environ["COUNT"], "a") as file:
    file.write(f"{state.process_index} {state.num_processes}\n")
PY
export HF_HOME="$folder/home"
COUNT=accelerate.txt env/bin/accelerate launch --cpu --num_processes 2 --num_machines 1 --mixed_precision no \
    --dynamo_backend no count.py 2> /dev/null
COUNT=torchrun.txt env/bin/torchrun --nproc_per_node 2 count.py 2> /dev/null
echo "accelerate: $(wc -l < accelerate.txt) process of $(cut -d' ' -f2 accelerate.txt | sort -u)"
echo "torchrun: $(wc -l < torchrun.txt) processes of $(cut -d' ' -f2 torchrun.txt | sort -u)"
[ "$(cat accelerate.txt)" = "0 1" ]
[ "$(sort torchrun.txt | tr '\n' ,)" = "0 2,1 2," ]
