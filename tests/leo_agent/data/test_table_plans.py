"""Made plans about tables, read back from their words, can be carried out, and reach their goals."""

import re

from tests.leo_agent.data.judge import NUMBERS
from tests.leo_agent.data.table_judge import HOLDERS, TableJudge, found


def steps_of(text: str) -> list[str]:
    return [step.removesuffix(".").lower() for step in re.split(r"\s*\d+\. ", text)[1:]]


def carry_out(judge: TableJudge, text: str) -> dict[int, tuple[str, int]]:
    """Places after the steps, by an executor of its own: hands and bowls hold one thing, what holds something stays."""
    places, held, moved = dict(judge.place), None, set()
    for step in steps_of(text):
        pushed = re.fullmatch(r"push the (?:(\w+) )?blocks? (in the (.+?)|outside the squares) into the (.+)", step)
        if pushed:
            start = ("in", judge.one(pushed[3])) if pushed[3] else ("table", 0)
            group = [n for n in judge.ids("block") if judge.place[n] == start]
            assert len(group) == (NUMBERS.index(pushed[1]) if pushed[1] else 1)
            places |= {n: ("in", judge.one(pushed[4])) for n in group}
            continue
        taken = re.fullmatch(r"pick up (the|an?|another) (.+?)( from the table)?", step)
        if taken:
            assert held is None
            fits = judge.ids(taken[2]) if taken[3] else judge.meant(taken[2])
            fits = [n for n in fits if n not in moved and (not taken[3] or places[n] == ("table", 0))]
            assert len(fits) == 1 or taken[1] != "the", step
            held = fits[0]
            assert judge.kind[held] not in HOLDERS
            assert held not in {place[1] for place in places.values()}
            moved.add(held)
            continue
        assert held is not None, step
        if step == "put it on the table":
            places[held] = ("table", 0)
        else:
            put = found(r"put it (in|on) (the|an|another)( empty)? (.+)", step)
            taken_up = {place[1] for n, place in places.items() if n != held}
            targets = [n for n in judge.ids(put[4]) if not (put[3] and n in taken_up)]
            assert targets, step
            assert put[2] != "the" or len(targets) == 1, step
            assert judge.kind[targets[0]] in ("brown box",) or targets[0] not in taken_up, step
            assert (judge.kind[targets[0]] in HOLDERS) == (put[1] == "in")
            places[held] = (put[1], targets[0])
        held = None
    assert held is None
    return places


def goal_is_reached(judge: TableJudge, goal: str, places: dict[int, tuple[str, int]]) -> bool:
    emptied = re.fullmatch(r"(?:empty|clear|take everything out of) the (.+)", goal)
    if emptied:
        return judge.one(emptied[1]) not in {place[1] for place in places.values()}
    pushed = re.fullmatch(r"(?:push the|gather all|bring all) blocks (?:into|in) the (.+)", goal)
    if pushed:
        return all(places[n] == ("in", judge.one(pushed[1])) for n in judge.ids("block"))
    stacked = re.fullmatch(r"(?:stack|put|place) the (.+?) on (?:top of )?the (.+)", goal)
    if stacked:
        return places[judge.one(stacked[1])] == ("on", judge.one(stacked[2]))
    said = found(r"(?:put|move|get|pack) (.+?) (?:in|into|away in) (?:the |an? )?([a-z ]+)", goal)
    things = [n for name in re.split(r", | and (?=the )", said[1]) for n in judge.ids(name.removeprefix("the "))]
    return bool(things) and all(places[n][0] == "in" and places[n][1] in judge.ids(said[2]) for n in things)


def test_plans_can_be_carried_out_and_reach_their_goals(judge_of, table_items):
    plans = table_items("rscan_plan")
    assert len(plans) > 50
    for item in plans:
        judge = judge_of(item.scan)
        places = carry_out(judge, item.answers[0])
        assert places != judge.place, item
        assert goal_is_reached(judge, item.text.lower(), places), item
