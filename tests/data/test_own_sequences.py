import gzip

import numpy as np
import pandas as pd
import pytest
from cam.bases import decode, encode, reverse_complement
from cam.data.duplicates import canonical, group_duplicates
from cam.data.own_sequences import (
    add_shuffled,
    assign_groups,
    expect_task,
    fit_lengths,
    select_sequences,
    unique_names,
)
from cam.data.selection import is_shuffled
from cam.data.sequences import dinucleotide_frequencies
from cam.errors import InputError
from cam.evaluation.orientations import compare_orientations
from cam.sources.labelled_sequences import LabelledSequences, read_classes, read_table

NAN = float("nan")
SHARES = {"validation": 0.1, "test": 0.1}


def labelled(sequences, labels, targets=("A",), names=None, splits=None):
    n = len(sequences)
    return LabelledSequences(
        names or [""] * n, sequences, splits or [""] * n, [f"t.tsv, line {n + 2}" for n in range(n)],
        np.array(labels, dtype=np.float32).reshape(n, -1), list(targets),
    )  # fmt: skip


def drawn(n, seed=0, length=40):
    return decode(np.random.default_rng(seed).integers(0, 4, (n, length)).astype(np.uint8))


# --- Task ----------------------------------------------------------------------------------------------------------


def test_labels_of_either_task():
    binary, real = labelled(["A"] * 3, [1, NAN, 0]), labelled(["A"] * 3, [0, 0.5, 1])
    expect_task(binary, "binding")
    expect_task(real, "regression")
    expect_task(binary, "regression")
    mixed = labelled(["A"] * 2, [[1, -2], [0, 3]], ["A", "B"])
    expect_task(mixed, "regression", stated=True)


@pytest.mark.parametrize(
    ("labels", "task", "stated", "sentence"),
    [
        ([1, 0.5], "binding", False, "t.tsv, line 3, column A: found 0.5, expected 1, 0 or nothing.*task: regression"),
        ([1, 0.5], "binding", True, "t.tsv, line 3, column A: found 0.5"),
        ([NAN, NAN], "binding", False, "config, targets: 'A' has no label in the data"),
        ([[1, -2], [0, 3]], "regression", False, "found real numbers for 'B', but only 1 and 0 for 'A'"),
        ([[1, -2], [0, 3]], "binding", False, "found real numbers for 'B', but only 1 and 0 for 'A'"),
    ],
)
def test_labels_of_another_task(labels, task, stated, sentence):
    with pytest.raises(InputError, match=sentence):
        expect_task(labelled(["A"] * 2, labels, ["A", "B"][: np.ndim(labels)]), task, stated)


# --- Lengths -------------------------------------------------------------------------------------------------------


def fitted(sequences, *arguments):
    return decode(fit_lengths(labelled(sequences, np.zeros(len(sequences))), *arguments))


def test_lengths():
    assert fitted(["ACGT", "TTTT"], 4) == ["ACGT", "TTTT"]
    assert fitted(["GGACGTC", "GGTTTTC"], 4, (2, 1)) == ["ACGT", "TTTT"]
    assert fitted(["ACGT", "ACG", "A"], 4, (0, 0), "pad") == ["ACGT", "ACGN", "NANN"]
    assert fitted(["ACGT", "CACGT", "CACGTA"], 4, (0, 0), "centre") == ["ACGT", "CACG", "ACGT"]
    assert fitted(["TACGT", "TAC"], 4, (1, 0), "pad") == ["ACGT", "NACN"]


@pytest.mark.parametrize(
    ("sequences", "arguments", "sentence"),
    [
        (
            ["ACG", "ACG"], (4,),
            r"line 2: found 3 bp, expected 4 \(regions.width\), as have all but 2 of 2 .*; set regions.width to 3,",
        ),
        (
            ["ACGT", "ACG", "ACGTA"], (4,),
            "line 3: found 3 bp, expected 4 .*all but 2 of 3 sequences; lengths are from 3 to 5 bp, so set "
            "source.length to pad and regions.width to 5 or source.length to centre and regions.width to 3",
        ),
        (["ACGT", "ACGTA"], (3, (1, 0)), "line 3: found 4 bp after trimming, expected 3"),
        (["ACGT", "ACGTA"], (4, (0, 0), "pad"), "line 3: found 5 bp, expected at most 4 .* and regions.width to 5$"),
        (["ACGT", "ACGTA"], (5, (0, 0), "centre"), "line 2: found 4 bp, expected at least 5 .*and regions.width to 4$"),
        (["ACGT", "ACG"], (4, (2, 1)), "line 3: found 3 bp, expected more than the 3 that config, source.trim"),
    ],
)  # fmt: skip
def test_lengths_that_do_not_fit(sequences, arguments, sentence):
    with pytest.raises(InputError, match=sentence):
        fitted(sequences, *arguments)


# --- Names ---------------------------------------------------------------------------------------------------------


def test_names():
    names = ["a", "", "a", "a_2", "chr1:1-5(+)", "5' end", "x\ty", "a", "b_shuffled1", " ", "sequence2"]
    assert unique_names(names) == [
        "a", "sequence2", "a_3", "a_2", "chr1:1-5(+)", "X5__end", "x_y", "a_4", "b_shuffled1_2", "sequence10",
        "sequence2_2",
    ]  # fmt: skip


def test_names_are_different():
    rng = np.random.default_rng(0)
    for _ in range(300):
        names = ["".join(rng.choice(list("a_12 é"), rng.integers(0, 5))) for _ in range(20)]
        found = unique_names(names)
        assert len(set(found)) == 20 and not is_shuffled(pd.DataFrame({"name": found})).any()
        assert all(name.replace("_", "").isalnum() and name.isascii() for name in found)
    assert len(set(unique_names(["a"] * 50_000))) == 50_000


# --- Split ---------------------------------------------------------------------------------------------------------


def test_groups_are_not_divided_and_shares_are_met():
    for seed in range(30):
        rng = np.random.default_rng(seed)
        group = pd.factorize(rng.integers(0, rng.integers(100, 400), 500))[0]
        splits = assign_groups(group, np.full(500, "", object), {"validation": 0.2, "test": 0.1}, seed)
        assert pd.DataFrame({"group": group, "split": splits}).groupby("group")["split"].nunique().eq(1).all()
        counts = pd.Series(splits).value_counts()
        assert abs(counts["validation"] - 100) <= 10 and abs(counts["test"] - 50) <= 10
    again = assign_groups(group, np.full(500, "", object), {"validation": 0.2, "test": 0.1}, seed)
    assert (again == splits).all()


def test_large_groups_are_of_training():
    group = np.repeat([0, 1, 2], [100, 4, 2]).tolist() + list(range(3, 97))
    for seed in range(30):
        splits = assign_groups(np.array(group), np.full(200, "", object), {"validation": 0.2, "test": 0.2}, seed)
        assert set(splits[:100]) == {"train"}
        assert pd.Series(splits).value_counts()[["validation", "test"]].between(37, 43).all()


def test_a_pair_is_never_too_large():
    splits = assign_groups(np.repeat(np.arange(10), 2), np.full(20, "", object), {"validation": 0.2, "test": 0.2}, 1)
    assert pd.Series(splits).value_counts().to_dict() == {"train": 12, "validation": 4, "test": 4}


def test_a_stated_split_wins_row_by_row():
    stated = np.array(["train", "test", "validation", "train", "", ""], dtype=object)
    splits = assign_groups(np.array([0, 0, 1, 1, 0, 1]), stated, {"validation": ["chr1"], "test": ["chr2"]}, 1)
    assert splits.tolist() == ["train", "test", "validation", "train", "test", "validation"]


def test_what_is_not_stated_is_drawn():
    stated = np.array(["train", "test"] * 50 + [""] * 100, dtype=object)
    splits = assign_groups(np.arange(200), stated, SHARES, 1)
    assert (splits[:100] == stated[:100]).all()
    assert pd.Series(splits[100:]).value_counts().to_dict() == {"train": 80, "validation": 10, "test": 10}


def test_validation_is_drawn_from_training_where_none_is_stated():
    stated = np.array(["train"] * 200 + ["test"] * 50, dtype=object)
    group = np.r_[np.repeat(np.arange(100), 2), 100 + np.arange(50)]
    group[200:210] = np.arange(10)  # these are near-duplicates of training sequences
    group = pd.factorize(group)[0]
    splits = assign_groups(group, stated, SHARES, 1)
    assert (splits[200:] == "test").all() and (splits[:20] == "train").all()
    assert (splits == "validation").sum() == 18 and (splits[::2][:100] == splits[1::2][:100]).all()


def test_sequences_have_no_chromosomes():
    with pytest.raises(
        InputError, match="config, split: found .*'chr5'.*, but sequences have no chromosomes, expected"
    ):
        assign_groups(np.arange(9), np.full(9, "", object), {"validation": ["chr5"], "test": ["chr6"]}, 1)


# --- Shuffled ------------------------------------------------------------------------------------------------------


def test_bound_sequences_are_shuffled_for_targets_without_unbound_ones():
    sequences = ["NN" + sequence + "NNN" for sequence in drawn(6)]
    table = pd.DataFrame(
        {"name": list("abcdef"), "split": ["train", "test"] * 3, "A": [1, 1, NAN, NAN, 1, NAN],
         "B": [1, NAN, 1, 1, NAN, 0], "C": [NAN, 1, NAN, NAN, NAN, NAN]}
    )  # fmt: skip
    found, codes, added = add_shuffled(table, encode(sequences), ["A", "B", "C"], 1.0, np.random.default_rng(0))
    assert found["name"].tolist() == ["a", "a_shuffled1", "b", "b_shuffled1", "c", "d", "e", "e_shuffled1", "f"]
    assert found["split"].tolist() == ["train", "train", "test", "test", "train", "test", "train", "train", "test"]
    assert added == {"A": 3, "C": 1}
    new = is_shuffled(found)
    np.testing.assert_array_equal(found.loc[new, ["A", "B", "C"]], [[0, NAN, NAN], [0, NAN, 0], [0, NAN, NAN]])
    texts = decode(codes)
    assert [text for text, is_new in zip(texts, new, strict=True) if not is_new] == sequences
    for row in np.flatnonzero(new):
        assert texts[row] != texts[row - 1] and texts[row].startswith("NN") and texts[row].endswith("NNN")
        assert "N" not in texts[row][2:-3]
        np.testing.assert_array_equal(*(dinucleotide_frequencies(codes[r : r + 1, 2:-3]) for r in (row, row - 1)))


@pytest.mark.parametrize(("unbound", "least", "most"), [(0, 0, 0), (2, 200, 200), (1.5, 130, 170)])
def test_how_many_are_shuffled(unbound, least, most):
    table = pd.DataFrame({"name": [f"s{n}" for n in range(100)], "split": "train", "A": 1.0})
    found, codes, _ = add_shuffled(table, encode(drawn(100)), ["A"], unbound, np.random.default_rng(0))
    assert least <= len(found) - 100 <= most and len(codes) == len(found)
    assert found["name"].is_unique


# --- All together --------------------------------------------------------------------------------------------------


def selected(found, task="binding", **options):
    codes = fit_lengths(found, len(found.sequences[0]))
    regions, codes, groups, steps, duplicates = select_sequences(found, codes, task, SHARES, **options)
    assert len(regions) == len(codes)
    assert list(groups) == ["name", "group"] and groups["name"].tolist() == regions["name"].tolist()
    assert list(regions)[:5] == ["chrom", "start", "end", "name", "split"]
    assert (regions["chrom"] == regions["name"]).all() and regions["name"].is_unique
    assert set(regions["start"]) == {0} and set(regions["end"]) == {codes.shape[1]}
    return regions, codes, dict(steps.itertuples(index=False)), duplicates.set_index("kind")


def groups_of(found, task="binding", **options):
    """The group of each region, by its name, from 0 in their order."""
    codes = fit_lengths(found, len(found.sequences[0]))
    groups = select_sequences(found, codes, task, SHARES, **options)[2]
    return dict(zip(groups["name"], pd.factorize(groups["group"])[0].tolist(), strict=True))


def test_regions_of_binding():
    sequences, labels = drawn(100), np.tile([[1, NAN], [0, 1], [1, 0], [0, NAN]], (25, 1))
    sequences += [sequences[0], sequences[1], sequences[3], drawn(1, seed=1)[0]]
    labels = np.r_[labels, [[NAN, 0], [NAN, 0], [1, NAN], [NAN, NAN]]]
    regions, codes, steps, duplicates = selected(labelled(sequences, labels, ["A", "NK cell"], names=["s"] * 104))
    assert list(regions)[5:] == ["A", "NK_cell"]
    assert steps == {
        "candidates": 104,
        "left out: no label known": 1,
        "left out: copies of another sequence, whose labels were merged": 3,
        "left out: labels that contradict those of a copy": 1,
        "kept: bound by at least one target": 74,
        "kept: unbound by every target with a label": 25,
    }
    assert regions["name"].tolist()[:4] == ["s", "s_2", "s_3", "s_5"]
    np.testing.assert_array_equal(regions.loc[:3, ["A", "NK_cell"]], [[1, 0], [0, NAN], [1, 0], [1, NAN]])
    assert decode(codes) == [*sequences[:3], *sequences[4:100]]
    assert duplicates[["sequences", "groups"]].to_numpy().tolist()[:2] == [[6, 3], [4, 2]]


def test_a_target_is_left_out_or_refused_where_a_split_lacks_its_labels():
    labels = np.full((100, 2), NAN)
    labels[:, 0] = np.arange(100) % 2
    labels[:3, 1] = [1, 0, 0]
    labels[2, 0] = NAN
    found = labelled(drawn(100), labels, ["A", "B"])
    with pytest.raises(InputError, match="target 'B' has no (bound|unbound) sequence in .*, expected at least one"):
        selected(found)
    regions, _, steps, _ = selected(found, min_positives=1)
    assert list(regions)[5:] == ["A"] and len(regions) == 99
    assert steps["targets left out, without a bound or an unbound sequence in a split: B"] == 1
    assert steps["left out: labels of these targets only"] == 1
    with pytest.raises(InputError, match="target 'A' has no (bound|unbound) sequence"):
        selected(labelled(drawn(30), [1] + [0] * 29), min_positives=1)


def test_of_all_targets_those_with_few_bound_sequences_are_left_out():
    labels = np.full((100, 2), 0.0)
    labels[:, 0], labels[:8, 1] = np.arange(100) % 2, 1
    labels[20:30, 1] = 1
    regions, _, steps, _ = selected(labelled(drawn(100), labels, ["A", "B"]), min_positives=20)
    told = "with fewer than 20 bound sequences in training or without a bound or an unbound sequence in a split"
    assert list(regions)[5:] == ["A"] and steps[f"targets left out, {told}: B"] == 1


def test_shuffled_sequences_are_in_the_split_of_their_own():
    regions, codes, steps, _ = selected(labelled(drawn(60), [1] * 60))
    assert steps["added: bound by A, shuffled, since no sequence is unbound by it"] == 60
    assert regions["A"].tolist() == [1, 0] * 60 and len({*decode(codes)}) == 120
    assert (regions["split"][::2].to_numpy() == regions["split"][1::2].to_numpy()).all()
    again = selected(labelled(drawn(60), [1] * 60))[:2]
    assert again[0].equals(regions) and (again[1] == codes).all()


def test_regions_are_grouped_with_their_near_duplicates():
    sequences = drawn(40)
    sequences[3] = decode(reverse_complement(encode(sequences[:1])))[0]
    sequences[5] = sequences[1][1:] + "A"
    expected = list(range(40))
    expected[3], expected[5] = 0, 1
    expected = pd.factorize(np.array(expected))[0].tolist()
    found = groups_of(labelled(sequences, range(40), names=[f"s{n}" for n in range(40)]), "regression")
    assert found == {f"s{n}": group for n, group in enumerate(expected)}


def test_shuffled_sequences_are_in_the_group_of_their_own():
    sequences = drawn(60)
    sequences[1] = decode(reverse_complement(encode(sequences[:1])))[0]
    found = groups_of(labelled(sequences, [1] * 60), unbound=2.0)
    assert len(found) == 180 and len(set(found.values())) == 59
    assert all(group == found[name.partition("_shuffled")[0]] for name, group in found.items())
    assert found["sequence1"] == found["sequence2"] == found["sequence2_shuffled1"] != found["sequence3"]


def test_groups_are_of_the_regions_that_are_left_and_a_target_may_be_called_group():
    sequences = drawn(90)
    sequences[60], sequences[61], sequences[70] = sequences[0], sequences[62][1:] + "A", sequences[10]
    labels, splits = np.tile([[1, 0], [0, 1]], (45, 1)), ["train"] * 50 + ["validation"] * 10 + ["test"] * 30
    found = groups_of(labelled(sequences, labels, ["group", "A"], splits=splits), drop_leaking=True)
    assert len(found) == 88 and len(set(found.values())) == 87
    assert found["sequence62"] == found["sequence63"] and not {"sequence1", "sequence11"} & set(found)


def test_regions_of_regression():
    sequences = drawn(100)
    found = labelled(sequences + sequences[:2], [*range(100), 0, 7], ["A"])
    regions, _, steps, duplicates = selected(found, "regression")
    assert steps["kept"] == len(regions) == 101
    assert duplicates.loc["copies with different values, all kept"].tolist() == [2, 1]
    splits = regions.groupby([*sequences[:100], sequences[1]])["split"].nunique()
    assert splits.max() == 1
    found = labelled(sequences, [[n, NAN if n < 5 else 1] for n in range(100)], ["A", "B"])
    assert selected(found, "regression")[2]["left out: the value of a target missing"] == 5


def test_duplicates_across_a_stated_split_are_counted_and_dropped_if_asked():
    sequences = drawn(90)
    sequences[60:65] = [text[1:] + "A" for text in sequences[:5]]
    sequences[70] = sequences[10]
    found = labelled(sequences, [1, 0] * 45, splits=["train"] * 50 + ["validation"] * 10 + ["test"] * 30)
    regions, _, _, duplicates = selected(found)
    across = "training sequences in a group with one of validation or test"
    assert duplicates.loc[across].tolist() == [6, 6] and len(regions) == 90
    assert regions["split"].tolist() == found.splits
    regions, codes, steps, duplicates = selected(found, drop_leaking=True)
    assert duplicates.loc[across].tolist() == [6, 6]
    assert steps["left out: of training, near-duplicates of validation or test sequences"] == 6
    assert decode(codes) == [*sequences[5:10], *sequences[11:]]


def test_a_split_without_sequences():
    chain = ["A" * shift + "C" + "A" * (39 - shift) for shift in range(40)]
    with pytest.raises(InputError, match=r"of 40 sequences in 1 groups .*, the largest of 40, none is left for .*trim"):
        selected(labelled(chain, [1, 0] * 20))
    with pytest.raises(InputError, match="none is left for test"):
        selected(labelled(drawn(9), [1, 0, 1] * 3, splits=["train", "validation", "train"] * 3))
    with pytest.raises(InputError, match="config, targets: found no sequence with values of all targets"):
        selected(labelled(drawn(2), [[1, NAN], [NAN, 1]], ["A", "B"]), "regression")


# --- Real data -----------------------------------------------------------------------------------------------------


def chip_seq(shared_data, name, negatives=True):
    labels = ("positives", "negatives") if negatives else ("positives",)
    paths = [
        shared_data / "sequences" / f"{name}_{label}_{split}.fa.gz" for label in labels for split in ("train", "test")
    ]
    return read_classes({name: {label: {"train": "", "test": ""} for label in labels}}, paths)


def test_nanog_with_its_own_split(shared_data):
    found = chip_seq(shared_data, "nanog")
    regions, _, _, _, duplicates = select_sequences(found, fit_lengths(found, 200), "binding", SHARES)
    counts = regions.groupby(["split", "nanog"]).size()
    assert counts["test"].tolist() == [964, 960]
    assert regions["split"].value_counts().to_dict() == {"train": 8734, "validation": 970, "test": 1924}
    assert counts["validation"].min() > 400
    duplicates = duplicates.set_index("kind")["sequences"]
    assert duplicates["near-duplicates, copies and reverse complements among them"] == 4
    assert duplicates["training sequences in a group with one of validation or test"] == 0


def test_nfe2_padded_and_shuffled(shared_data):
    found = chip_seq(shared_data, "nfe2", negatives=False)
    with pytest.raises(InputError, match="source.length to pad and regions.width to 2[0-9][0-9]"):
        fit_lengths(found, 200)
    width = max(map(len, found.sequences))
    codes = fit_lengths(found, width, length="pad")
    assert [text.strip("N") for text in decode(codes)] == [text.strip("N") for text in found.sequences]
    regions, codes, *_ = select_sequences(found, codes, "binding", SHARES)
    new = is_shuffled(regions)
    assert new.sum() == (~new).sum() == 713
    padding = [(len(text) - len(text.lstrip("N")), len(text) - len(text.rstrip("N"))) for text in decode(codes)]
    assert padding[::2] == padding[1::2] and len(set(padding)) > 20


def test_orientations_of_an_mpra_are_never_split(shared_data, tmp_path):
    """2,306 elements are there in both orientations, which the adaptors hide."""
    text = gzip.decompress((shared_data / "mpra" / "lentimpra_wtc11.tsv.gz").read_bytes()).decode()
    (tmp_path / "t.tsv").write_text(text.replace("seq\t", "sequence\t", 1))
    found = read_table(tmp_path / "t.tsv")
    codes = fit_lengths(found, 200, (15, 15))
    pairs = pd.Series(canonical(codes))
    assert (pairs.value_counts() == 2).sum() == 2306
    regions, selected_codes, groups, _, duplicates = select_sequences(found, codes, "regression", SHARES)
    assert len(regions) == 4617 and (selected_codes == codes).all()
    assert regions.groupby(pairs)["split"].nunique().max() == 1
    assert duplicates.set_index("kind").loc["both strands of a sequence"].tolist() == [4612, 2306]
    assert pd.Series(group_duplicates(codes)).groupby(pairs).nunique().max() == 1
    np.testing.assert_allclose(regions["split"].value_counts(normalize=True), [0.8, 0.1, 0.1], atol=0.001)
    # Untrimmed, none is the reverse complement of another, but they are near-duplicates all the same.
    untrimmed = select_sequences(found, fit_lengths(found, 230), "regression", SHARES)
    assert untrimmed[4].set_index("kind").loc["both strands of a sequence"].tolist() == [0, 0]
    assert untrimmed[0].groupby(pairs)["split"].nunique().max() == 1
    agreement = compare_orientations(codes, regions[["mean_value"]], ["mean_value"], groups["group"]).iloc[1]
    assert (agreement["target"], agreement["pairs"]) == ("mean_value", 2306)
    found = agreement[["pearson", "low", "high", "differing", "limit"]].tolist()
    assert found == pytest.approx([0.742, 0.72, 0.76, 0.129, 0.933], abs=0.01)
