from __future__ import annotations

import re
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from schemas.codes import load_codes, read_codes
from schemas.errors import ContractError
from schemas.rules import RULE_CODES


def test_the_26_categories_have_a_theme_and_a_nature() -> None:
    categories = load_codes("incident_category")
    assert len(categories.codes) == 26
    assert {category.parent for category in categories.codes} == set(load_codes("theme").values)
    assert all(category.attributes["nature_level"] in (1, 2, 3, 4) for category in categories.codes)


def test_the_rule_list_is_the_closed_list_with_its_remedies() -> None:
    rules = load_codes("rule")
    assert rules.values == RULE_CODES
    assert all(rule.hint is not None and rule.hint.fr and rule.hint.en for rule in rules.codes)


def test_the_segments_are_the_15_ordered_pairs_of_stages() -> None:
    stages = load_codes("segment_stage").values
    assert load_codes("segment").values == tuple(f"{first}_to_{second}" for first, second in combinations(stages, 2))


@pytest.mark.parametrize("name", ["theme", "criticality", "trend", "source_state"])
def test_coloured_codes_have_different_colours(name: str) -> None:
    colours = [code.attributes["colour"] for code in load_codes(name).codes]
    assert len(set(colours)) == len(colours)
    assert all(re.fullmatch("#[0-9A-F]{6}", str(colour)) for colour in colours)


def brightness(colour: object) -> float:
    red, green, blue = (int(str(colour)[start:start + 2], 16) / 255 for start in (1, 3, 5))
    return 0.2126 * red ** 2.2 + 0.7152 * green ** 2.2 + 0.0722 * blue ** 2.2


def test_criticality_darkens_with_its_level_so_that_it_reads_without_hue() -> None:
    steps = [brightness(code.attributes["colour"]) for code in load_codes("criticality").codes]
    assert all(first - second > 0.05 for first, second in pairwise(steps))


HEAD = "name: made\nlabel: {fr: Fait, en: Made}\n"


@pytest.mark.parametrize(("text", "problem"), [
    (HEAD.replace("made", "other") + "codes: [{code: a, label: {fr: A, en: A}}]", "make them equal"),
    (HEAD + "codes: []", "0 items"),
    (HEAD + "codes: [{code: A, label: {fr: A, en: A}}]", "in_progress"),
    (HEAD + "codes: [{code: a, label: {fr: A, en: A}}, {code: a, label: {fr: B, en: B}}]", "given twice"),
    (HEAD + "codes: [{code: a, label: {fr: A, en: A}, parent: theft}]", "names no `parents`"),
    (HEAD + "parents: theme\ncodes: [{code: a, label: {fr: A, en: A}, parent: nothing}]", "expected one of violence"),
    (HEAD + "parents: theme\ncodes: [{code: a, label: {fr: A, en: A}}]", "parent `None`"),
])
def test_a_wrong_list_is_refused(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "made.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError, match=re.escape(problem)):
        read_codes(path)
