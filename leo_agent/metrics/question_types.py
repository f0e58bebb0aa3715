"""SQA3D's types of questions, by which its accuracy is reported (Ma et al. 2023): the first word tells."""

QUESTION_TYPES = ("what", "is", "how", "can", "which", "other")


def question_type(question: str) -> str:
    """One of QUESTION_TYPES: the first that the question begins with, "other" if it begins with none."""
    beginning = question.strip().lower()
    return next((kind for kind in QUESTION_TYPES[:-1] if beginning.startswith(kind)), QUESTION_TYPES[-1])
