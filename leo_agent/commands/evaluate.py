"""Answer the texts of 3D-language sets, and score the answers."""

import argparse
from pathlib import Path

_DESCRIPTION = """\
Asks LEO's weights all texts of 3D-language sets, the authors' or those of `leo-agent data make`, and scores the
answers: exact match of questions, the published metrics of captions (METEOR and the similarity of sentences where
their packages are installed), each with a 95 % interval over scenes.

OUT is then like a run's folder: config.json, answers.jsonl line by line, summary.json, report.html. The same command
goes on where it was interrupted. Floors are measured alike: --blind shows no objects; --policy most-frequent answers
each text with the most frequent answer of the set's training, and --policy same-words with the most frequent one to the
texts there that have most words in common. `leo-agent score` puts several side by side."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.description = _DESCRIPTION
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--policy", required=True, metavar="PATH", help="LEO's weights, or a floor (required)")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with sets (required)")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="folder to write or go on with (required)"
    )
    parser.add_argument("--task", action="append", metavar="SET", help="only this set; may be repeated (default: all)")
    parser.add_argument("--split", default="val", metavar="SPLIT", help="train, val or test (default: val)")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="of each set only N texts (default: all)")
    parser.add_argument("--batch-size", type=int, default=16, metavar="B", help="texts answered together (default: 16)")
    parser.add_argument("--beams", type=int, default=5, metavar="N", help="of the search (default: 5, as published)")
    parser.add_argument("--max-tokens", type=int, default=255, metavar="N", help="longest answer (default: 255)")
    parser.add_argument(
        "--repetition-penalty", type=float, metavar="X", help="above 1 against repeated words (default: the model's)"
    )
    parser.add_argument("--blind", action="store_true", help="show no objects (default: off)")
    parser.add_argument("--skip-broken", action="store_true", help="leave broken entries out (default: off)")
    parser.add_argument("--device", default="auto", metavar="D", help="auto, cpu, cuda, cuda:1 (default: auto)")


def run(args: argparse.Namespace) -> str:
    from leo_agent.evaluation.evaluate import EvaluationConfig, evaluate
    from leo_agent.evaluation.table import scores_table

    config = EvaluationConfig(
        policy=args.policy,
        data=args.data,
        tasks=tuple(args.task or ()),
        split=args.split,
        limit=args.limit,
        batch_size=args.batch_size,
        beams=args.beams,
        max_tokens=args.max_tokens,
        repetition_penalty=args.repetition_penalty,
        is_blind=args.blind,
        skip_broken=args.skip_broken,
        device=args.device,
    )
    return f"{scores_table([(args.out.name, evaluate(config, args.out))])}\nwritten to {args.out}"
