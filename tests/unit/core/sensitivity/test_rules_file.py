"""What an operator's file may change, and how its mistakes are told."""

import pytest

from core.access import Marking
from core.sensitivity import DEFAULT, Decision, Kind, RulesError, decide, find, load_rules
from core.settings import SettingsError, load_settings


@pytest.fixture
def rules_of(tmp_path):
    def load(text):
        path = tmp_path / "sensitivity.toml"
        path.write_text(text, "utf-8")
        return load_rules(path)

    return load


def test_without_a_file_the_built_in_rules_hold():
    assert load_rules(None) is DEFAULT


def test_an_empty_file_changes_nothing(rules_of):
    assert rules_of("").patterns == DEFAULT.patterns
    assert rules_of("").decisions == DEFAULT.decisions


def test_a_pattern_of_ones_own_is_found_labelled_and_decided_on(rules_of):
    rules = rules_of(
        """
        [[pattern]]
        kind = "badge"
        label = "badge number"
        regex = 'SHIELD-[0-9]{4}'
        near = ["badge"]
        [decisions.GREEN]
        badge = "block"
        """
    )
    (one,) = find("His badge is SHIELD-1234.", rules)
    assert (one.kind, one.text, rules.labels["badge"]) == ("badge", "SHIELD-1234", "badge number")
    assert not find("A game called SHIELD-1234.", rules)
    assert decide([one], Marking.GREEN, rules) is Decision.BLOCK
    assert decide([one], Marking.AMBER, rules) is Decision.REVIEW, "What no line decides on is looked at by a person."


def test_kinds_are_switched_off_and_decisions_changed(rules_of):
    rules = rules_of('off = ["phone"]\n[decisions.AMBER]\nid_card = "block"')
    assert not find("Call 0300-1234567.", rules)
    (card,) = find("CNIC 35202-1234567-1", rules)
    assert decide([card], Marking.AMBER, rules) is Decision.BLOCK
    assert decide([card], Marking.RED, rules) is Decision.WARN


def test_names_can_be_switched_off(rules_of):
    text = "Bilal Hussain, 0300-1234567"
    assert [one.kind for one in find(text, DEFAULT)] == [Kind.NAME, Kind.PHONE]
    assert [one.kind for one in find(text, rules_of('off = ["name"]'))] == [Kind.PHONE]


def test_which_addresses_count_is_a_setting(rules_of):
    text = "a.khan@police.example and b.khan@gmail.com and c@home.example"
    assert [one.text for one in find(text, DEFAULT)] == ["b.khan@gmail.com"]
    assert len(find(text, rules_of('emails = "all"'))) == 3
    assert len(find(text, rules_of('private_domains = ["HOME.example"]'))) == 2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("off = [", "is no TOML"),
        ('of = ["phone"]', "of: Extra inputs"),
        ('off = ["fone"]', "fone is no kind; there are"),
        ('off = ["classification"]', "cannot be switched off"),
        ('[decisions.RED]\nclassification = "warn"', "classification always blocks"),
        ('[decisions.PINK]\nphone = "warn"', "decisions.PINK"),
        ('[decisions.RED]\nphone = "perhaps"', "decisions.RED.phone"),
        ("[[pattern]]\nkind = 'badge'\nregex = '[0-9]{4}'", "needs a label"),
        ("[[pattern]]\nkind = 'phone'\nregex = '[0-9'", "pattern.0.regex: is no regular expression"),
        ("[[pattern]]\nkind = 'phone'\nregex = '[0-9]{0,4}'", "also fits nothing"),
        ("[[pattern]]\nkind = 'phone'\nregex = '([0-9]+)+x'", "may take very long"),
    ],
)
def test_a_mistake_is_told_with_its_place(rules_of, text, said):
    with pytest.raises(RulesError, match=r"sensitivity\.toml") as caught:
        rules_of(text)
    assert said in str(caught.value)


def test_the_settings_refuse_a_file_with_a_mistake_at_the_start(tmp_path, monkeypatch):
    path = tmp_path / "rules.toml"
    monkeypatch.setenv("IPCU_SENSITIVITY_FILE", str(path))
    with pytest.raises(SettingsError, match="cannot be read"):
        load_settings()
    path.write_text('off = ["fone"]')
    with pytest.raises(SettingsError, match="fone is no kind"):
        load_settings()
    path.write_text('off = ["phone"]')
    assert load_settings().sensitivity_file == path
