"""`leo-agent weights`: how many parameters a LEO model has, and the published files as one folder of ours."""

import argparse
from pathlib import Path

from leo_agent.results.score import align

_IMPORT = """\
Turns the published files of LEO, and of what it builds on, into one folder that --policy and from_pretrained take.

Strict: every tensor of every file is used, or belongs to a part that LEO has no use for, which is told; a tensor that
is missing, too many or of another shape is an error that names it. Pickles are read as tensors only. The weights are
copied one by one, so little memory is needed."""
_EPILOG = """\
for example:
  leo-agent weights import --config leo-vicuna-7b --llm vicuna-7b --leo sft_noact.pth \\
    --points pointnetpp_vil3dref.pth --image open_clip_pytorch_model.bin --out weights/leo-vicuna-7b
  leo-agent weights import --config leo-opt-1.3b --llm opt-1.3b --fresh 0 \\
    --points pointnetpp_vil3dref.pth --image open_clip_pytorch_model.bin --out weights/leo-opt-1.3b"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions of `leo-agent weights`."""
    actions = parser.add_subparsers(
        dest="action", metavar="ACTION", required=True, help="describe: count parameters; import: published files"
    )
    describe = actions.add_parser("describe", description="Prints the parameters of each part, and those trained.")
    describe.add_argument("name", metavar="NAME_OR_FOLDER", help="a configuration, a folder, or a hub id")
    _add_variant(describe)
    importing = actions.add_parser(
        "import", description=_IMPORT, epilog=_EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    importing.add_argument("--config", default="leo-vicuna-7b", metavar="NAME", help="default: leo-vicuna-7b")
    for option, metavar, text in (
        ("--llm", "DIR", "the language model in Hugging Face's layout, with its tokenizer (required)"),
        ("--points", "FILE", "pointnetpp_vil3dref.pth (required)"),
        ("--out", "DIR", "new folder to write to (required)"),
    ):
        importing.add_argument(option, type=Path, required=True, metavar=metavar, help=text)
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
    _add_variant(importing)


def run(args: argparse.Namespace) -> str:
    """Runs the action and gives what to print."""
    return _describe(args) if args.action == "describe" else _import(args)


def _add_variant(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tuned-image", action="store_true", help="with the image encoder tuned")
    parser.add_argument("--text-guidance", action="store_true", help="with CLIP's text guidance")


def _describe(args: argparse.Namespace) -> str:

    from leo_agent.policies.leo.config.presets import PRESETS, variant
    from leo_agent.policies.leo.model.parameters import acting_bytes, count_parameters, total_parameters
    from leo_agent.policies.leo.weights.checkpoint import CONFIG_FILE, read_config, resolve

    if args.name in PRESETS:
        config = PRESETS[args.name]
    else:
        config, _ = read_config(resolve(args.name) / CONFIG_FILE)
    config = variant(config, args.tuned_image, args.text_guidance)
    counts = count_parameters(config)
    rows = [[part, f"{total:,}", f"{trained:,}"] for part, (total, trained) in counts.items()]
    total, trained = total_parameters(counts)
    held = f"held for acting on a GPU: {acting_bytes(config) / 1e9:.1f} GB (adapters merged"
    held += ")" if config.language_model.trainable else ", language model in bfloat16)"
    return align([["part", "parameters", "trained"], *rows, ["all", f"{total:,}", f"{trained:,}"]]) + f"\n{held}"


def _import(args: argparse.Namespace) -> str:

    from leo_agent.policies.leo.config.presets import preset, variant
    from leo_agent.policies.leo.weights.fresh import Fresh
    from leo_agent.policies.leo.weights.importing import ReleasedFiles, import_released

    config = variant(preset(args.config), args.tuned_image, args.text_guidance)
    leo = args.leo if args.fresh is None else Fresh(args.fresh)
    files = ReleasedFiles(args.llm, leo, args.points, args.image, args.clip)
    parts, notes = import_released(config, files, args.out)
    rows = [
        [each.part, str(each.tensors), f"{each.elements:,}", ", ".join(path.name for path in each.sources)]
        for each in parts
    ]
    table = align([["part", "tensors", "elements", "from"], *rows])
    return "\n".join([table, *(f"note: {note}" for note in notes), f"written: {args.out}"])
