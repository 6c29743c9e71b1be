"""cam.data.signal: windows, their signal, its transformation and its checks."""

import shutil

import numpy as np
import pandas as pd
import pytest
from cam.bases import encode
from cam.data.selection import select_peaks
from cam.data.sequences import chromosome_sizes
from cam.data.signal import (
    describe_signal,
    measure,
    most_variable,
    name_targets,
    normalise_quantiles,
    place_windows,
    prepare_values,
    read_signal,
    strength_weights,
    transform,
    uneven_libraries,
)
from cam.errors import InputError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from running import succeed
from signal_files import write_bigwig, write_h5ad, write_parquet

SIZES = {"chr1": 900, "chr2": 500, "chrM": 300}
MATRIX = arrays(
    np.float32,
    array_shapes(min_dims=2, max_dims=2, max_side=12),
    elements=st.floats(0, 1000, width=32).map(lambda value: np.float32(round(value, 1))),
)
needs_bedtools = pytest.mark.skipif(not shutil.which("bedtools"), reason="bedtools is not installed")


def frame(*rows, **columns):
    return pd.DataFrame(rows, columns=["chrom", "start", "end"]).assign(**columns)


def told(steps):
    return {step: number for step, number in steps.itertuples(index=False) if number}


# --- Targets ----------------------------------------------------------------------------------------------------------


def test_names_of_targets():
    names = ["CD8 T cell", "5mC", "B"]
    everything = name_targets(names, "all", "a.h5ad")
    assert everything.values.tolist() == [["CD8_T_cell", "CD8 T cell"], ["X5mC", "5mC"], ["B", "B"]]
    assert list(everything) == ["target", "name"]
    some = name_targets(names, ["B", "CD8_T_cell", "5mC"], "a.h5ad")  # in either spelling
    assert some["name"].tolist() == ["B", "CD8 T cell", "5mC"]
    with pytest.raises(InputError, match=r"a.h5ad: found no target 'CD4_T_cell'; did you mean 'CD8_T_cell'\?"):
        name_targets(names, ["CD4 T cell"], "a.h5ad")
    with pytest.raises(InputError, match="a.h5ad: found the targets 'B 1' and 'B_1', both of which would be"):
        name_targets(["B 1", "B_1"], "all", "a.h5ad")


# --- Windows ----------------------------------------------------------------------------------------------------------


def place_one_by_one(regions, width, chosen, blacklist):
    """The reference: a window after the other, held against all others."""
    found = {}
    for row, region in enumerate(regions.itertuples(index=False)):
        middle = getattr(region, "summit", (region.start + region.end) // 2)
        window = (region.chrom, middle - width // 2, middle - width // 2 + width)
        listed = any(
            chrom == window[0] and start < window[2] and window[1] < end
            for chrom, start, end in blacklist.itertuples(index=False)
        )
        if region.chrom in chosen and window[1] >= 0 and window[2] <= SIZES[region.chrom] and not listed:
            found.setdefault(window, row)
    return sorted(found.items())


@needs_bedtools
@pytest.mark.parametrize("seed", range(8))
def test_windows_are_those_of_the_regions_one_by_one(seed):
    rng = np.random.default_rng(seed)
    start = rng.integers(0, 500, 60)
    regions = frame().reindex(range(60)).assign(chrom=rng.choice([*SIZES, "chr9"], 60), start=start)
    regions["end"] = start + rng.integers(1, 300, 60)
    if seed % 2:
        regions["summit"] = start + rng.integers(0, regions["end"] - start)
    blacklist = frame(("chr1", 100, 120), ("chr2", 40, 41)) if seed % 4 else frame().astype({"start": int, "end": int})
    width = int(rng.integers(1, 200))
    windows, rows, steps = place_windows(regions, width, SIZES, ["chr1", "chr2"], "assembled", blacklist)
    expected = place_one_by_one(regions, width, ["chr1", "chr2"], blacklist)
    assert list(windows[["chrom", "start", "end"]].itertuples(index=False, name=None)) == [key for key, _ in expected]
    assert rows.tolist() == [row for _, row in expected]
    assert windows["name"].tolist() == [f"{chrom}:{start}-{end}" for (chrom, start, end), _ in expected]
    counts = steps.set_index("step")["regions"]
    left_out = counts[counts.index.str.startswith("left out")].sum()
    assert counts["candidates"] - left_out == len(windows) > 0


def test_what_is_done_with_regions_is_counted():
    regions = frame(
        ("chr1", 100, 110), ("chr1", 90, 121), ("chr1", 0, 4), ("chr2", 491, 501), ("chrM", 50, 60), ("chrX", 5, 15)
    )
    windows, rows, steps = place_windows(regions, 10, SIZES, ["chr1", "chr2"], "assembled", regions[:0])
    assert windows["name"].tolist() == ["chr1:100-110"] and rows.tolist() == [0]
    assert told(steps) == {
        "candidates": 6,
        "moved, widened or narrowed: to 10 bp around the summit or the middle": 2,
        "left out: on unplaced or alternative sequence, mitochondria or plastids (regions.chromosomes): chrM": 1,
        "left out: on chromosomes that the genome lacks: chrX": 1,
        "left out: not wholly on the chromosome": 2,
        "left out: same window as another region": 1,
    }


# --- Reading ----------------------------------------------------------------------------------------------------------

WIDTH, TARGETS = 20, pd.DataFrame({"target": ["CD8_T_cell", "B"], "name": ["CD8 T cell", "B"]})
SETTINGS = {"summary": "mean", "signal_width": WIDTH}
SHARES = {"validation": 0.1, "test": 0.1}


@pytest.fixture
def world(tmp_path):
    """A genome, regions of it, and their signal in two targets, in every form."""
    rng = np.random.default_rng(0)
    letters = {chrom: "".join(rng.choice(list("ACGT"), size)) for chrom, size in SIZES.items()}
    (tmp_path / "genome.fa").write_text("".join(f">{chrom}\n{bases}\n" for chrom, bases in letters.items()))
    intervals = [("chr1", 50, 70), ("chr2", 300, 331), ("chr1", 10, 30), ("chrM", 100, 120), ("chr1", 890, 899)]
    (tmp_path / "regions.bed").write_text("".join(f"{chrom}\t{s}\t{e}\n" for chrom, s, e in intervals))
    names, values = [f"{chrom}:{s}-{e}" for chrom, s, e in intervals], {}
    for target in TARGETS["name"]:
        bases = {chrom: rng.integers(1, 9, size).astype(float) for chrom, size in SIZES.items()}
        entries = [(c, at, at + 1, value) for c, own in bases.items() for at, value in enumerate(own)]
        write_bigwig(tmp_path / f"{target}.bw", SIZES, entries)
        middles = [(chrom, (start + end) // 2) for chrom, start, end in intervals]
        values[target] = [float(bases[chrom][middle - 10 : middle + 10].mean()) for chrom, middle in middles]
    pd.DataFrame({"region": names, **values}).to_csv(tmp_path / "t.tsv", sep="\t", index=False)
    write_parquet(tmp_path / "t.parquet", {"region": names, **values})
    write_h5ad(tmp_path / "a.h5ad", list(values), names, np.array(list(values.values())))
    return tmp_path


def paths_of(world, *signal, blacklist=(), regions=()):
    return {"signal": signal, "genome": world / "genome.fa", "blacklist": blacklist, "regions": regions}


@pytest.mark.parametrize("form", ["samples", "t.tsv", "t.parquet", "a.h5ad"])
def test_signal_is_the_same_in_every_form(world, form):
    """The order of the targets is that which is asked for, not that of the files."""
    samples = []
    if form == "samples":
        samples = ["B", "CD8_T_cell"]
        paths = paths_of(world, world / "B.bw", world / "CD8 T cell.bw", regions=world / "regions.bed")
    else:
        paths = paths_of(world, world / form)
    windows, values, steps = read_signal(paths, TARGETS, samples, WIDTH, "assembled", SETTINGS, SHARES)
    table = pd.read_csv(world / "t.tsv", sep="\t").set_index("region")
    assert windows["name"].tolist() == ["chr1:10-30", "chr1:50-70", "chr2:305-325"]
    expected = table.loc[["chr1:10-30", "chr1:50-70", "chr2:300-331"], TARGETS["name"]]
    np.testing.assert_allclose(values, expected, rtol=1e-6)
    assert values.dtype == np.float32
    assert told(steps)["candidates"] == 5 and told(steps)["left out: not wholly on the chromosome"] == 1


def test_summits_of_narrowpeak_are_the_middles_of_windows(world):
    rows = [("chr1", 100, 200, 30), ("chr1", 300, 400, -1)]
    lines = [f"{chrom}\t{start}\t{end}\tp\t5\t.\t1.5\t2\t3\t{summit}\n" for chrom, start, end, summit in rows]
    (world / "p.narrowPeak").write_text("".join(lines))
    paths = paths_of(world, world / "B.bw", regions=world / "p.narrowPeak")
    windows, _, _ = read_signal(paths, TARGETS[1:], ["B"], WIDTH, "assembled", SETTINGS, SHARES)
    assert windows["name"].tolist() == ["chr1:120-140", "chr1:340-360"]


def test_regions_without_a_value_are_left_out(world):
    text = (world / "t.tsv").read_text().splitlines()
    text[1] = "chr1:50-70\t\t3"
    (world / "t.tsv").write_text("\n".join(text))
    windows, values, steps = read_signal(
        paths_of(world, world / "t.tsv"), TARGETS, [], WIDTH, "assembled", SETTINGS, SHARES
    )
    assert windows["name"].tolist() == ["chr1:10-30", "chr2:305-325"] and len(values) == 2
    assert told(steps)["left out: without a value of some target"] == 1
    text[1:] = ["chr1:50-70\t\t3"]
    (world / "t.tsv").write_text("\n".join(text))
    with pytest.raises(InputError, match="t.tsv: no region is left .*without a value of some target: 1.; expected"):
        read_signal(paths_of(world, world / "t.tsv"), TARGETS, [], WIDTH, "assembled", SETTINGS, SHARES)


@needs_bedtools
def test_regions_in_the_blacklist_are_left_out(world):
    (world / "blacklist.bed").write_text("chr1\t29\t51\n")
    paths = paths_of(world, world / "t.tsv", blacklist=world / "blacklist.bed")
    windows, _, steps = read_signal(paths, TARGETS, [], WIDTH, "assembled", SETTINGS, SHARES)
    assert windows["name"].tolist() == ["chr2:305-325"]
    assert told(steps)["left out: in the blacklist"] == 2


def test_files_of_another_genome_are_named(world):
    (world / "regions.bed").write_text("1\t50\t70\n")
    paths = paths_of(world, world / "B.bw", regions=world / "regions.bed")
    with pytest.raises(InputError, match="regions.bed: found the chromosome '1', which .*genome.fa calls 'chr1'"):
        read_signal(paths, TARGETS[1:], ["B"], WIDTH, "assembled", SETTINGS, SHARES)
    (world / "regions.bed").write_text("chr1\t50\t70\n")
    for sizes, sentence in {
        (("1", 900),): "B.bw: found the chromosome '1', which .*genome.fa calls 'chr1'",
        (("chr1", 901),): "B.bw: found the chromosome 'chr1' of 901 bp, which has 900 bp in .*genome.fa; expected",
    }.items():
        write_bigwig(world / "B.bw", dict(sizes), [(sizes[0][0], 0, 5, 1)])
        with pytest.raises(InputError, match=sentence):
            read_signal(paths, TARGETS[1:], ["B"], WIDTH, "assembled", SETTINGS, SHARES)
    write_bigwig(world / "B.bw", {"chr1": 900, "chrUn_x": 70}, [("chr1", 0, 5, 1)])  # of more scaffolds
    windows, _, _ = read_signal(paths, TARGETS[1:], ["B"], WIDTH, "assembled", SETTINGS, SHARES)
    assert windows["name"].tolist() == ["chr1:50-70"]


def test_regions_that_no_bigwig_has_a_value_in_are_counted(world):
    write_bigwig(world / "B.bw", {"chr1": 900}, [("chr1", 55, 57, 3)])
    paths = paths_of(world, world / "B.bw", world / "CD8 T cell.bw", regions=world / "regions.bed")
    _, values, steps = read_signal(paths, TARGETS, ["B", "CD8_T_cell"], WIDTH, "assembled", SETTINGS, SHARES)
    np.testing.assert_allclose(values[:, 1], [0, 0.3, 0])
    assert told(steps)["counted as 0: no base with a value in some target's bigWig"] == 2


def test_signal_of_wider_windows(tmp_path):
    """Twice as wide around the same middle; of odd widths, the one base more is on the left or the right of it."""
    bases = np.arange(100.0)
    write_bigwig(tmp_path / "a.bw", {"chr1": 100}, [("chr1", at, at + 1, value) for at, value in enumerate(bases)])
    windows = frame(("chr1", 40, 50), ("chr1", 0, 10))
    for width, slices in {
        None: [slice(40, 50), slice(0, 10)],
        10: [slice(40, 50), slice(0, 10)],
        20: [slice(35, 55), slice(0, 15)],
        3: [slice(44, 47), slice(4, 7)],
    }.items():
        for summary in ("mean", "max", "sum"):
            values, _ = measure([tmp_path / "a.bw"], windows, {"chr1": 100}, "genome.fa", summary, width)
            assert values[:, 0].tolist() == [getattr(bases[where], summary)() for where in slices]


def test_values_are_the_same_bit_by_bit_whatever_the_number_of_processes(world):
    sizes, windows = chromosome_sizes(world / "genome.fa"), frame(("chr1", 3, 400), ("chr2", 7, 450), ("chrM", 1, 298))
    files = [world / "B.bw", world / "CD8 T cell.bw", world / "B.bw"]
    one, two = (measure(files, windows, sizes, "genome.fa", threads=threads) for threads in (1, 3))
    assert one[0].tobytes() == two[0].tobytes() and one[1].tobytes() == two[1].tobytes()


# --- The split that an AnnData file states ----------------------------------------------------------------------------

SPLIT_WORDS = ["train", "val", "test", "train", "val"]  # of the regions of the world, in their order


def state_split(world, words):
    names = pd.read_csv(world / "t.tsv", sep="\t")
    write_h5ad(world / "a.h5ad", list(names)[1:], names["region"].tolist(), names.iloc[:, 1:].T.to_numpy(), split=words)
    return paths_of(world, world / "a.h5ad")


def test_a_split_that_the_data_state_is_used(world):
    windows, _, steps = read_signal(state_split(world, SPLIT_WORDS), TARGETS, [], WIDTH, "assembled", SETTINGS, SHARES)
    assert dict(zip(windows["name"], windows["split"], strict=True)) == {
        "chr1:10-30": "test", "chr1:50-70": "train", "chr2:305-325": "validation",
    }  # fmt: skip
    assert told(steps)["split as the data state it"] == 3
    windows, _, steps = read_signal(paths_of(world, world / "t.tsv"), TARGETS, [], WIDTH, "assembled", SETTINGS, SHARES)
    assert "split" not in windows and not steps["step"].str.contains("split").any()


def test_chromosomes_of_the_configuration_win_over_a_split_that_the_data_state(world):
    paths, chromosomes = state_split(world, [*SPLIT_WORDS[:-1], "fold 3"]), {"validation": ["chr2"], "test": ["chr1"]}
    windows, _, steps = read_signal(paths, TARGETS, [], WIDTH, "assembled", SETTINGS, chromosomes)
    assert "split" not in windows
    step = "split stated in the data, in place of which the chromosomes of the configuration (split) are used"
    assert told(steps)[step] == 3


@pytest.mark.parametrize(("word", "shown"), [("fold 3", "fold 3"), ("Train", "Train"), (None, "")])
def test_an_unknown_split_is_one_sentence(world, word, shown):
    paths = state_split(world, [*SPLIT_WORDS[:3], word, "val"])
    sentence = (
        f"a.h5ad, column 'split': found '{shown}' for chrM:100-120, expected train, val or test; correct it, or name "
        "chromosomes under split in the configuration, which are then used instead"
    )
    with pytest.raises(InputError, match=sentence):
        read_signal(paths, TARGETS, [], WIDTH, "assembled", SETTINGS, SHARES)


@needs_bedtools
def test_a_stated_split_is_kept_but_for_regions_that_overlap_the_test():
    rng = np.random.default_rng(0)
    starts = [0, 8, 100, 108, 200, 208, 300, 400, 500]
    stated = ["train", "test", "train", "validation", "validation", "test", "train", "test", "validation"]
    peaks = frame(*(("chr1", start, start + 10) for start in starts), name="", split=stated)
    codes = encode(["".join(letters) for letters in rng.choice(list("ACGT"), (9, 10))])
    values = np.zeros((9, 1), dtype=np.float32)
    keep, regions, steps = select_peaks(peaks, codes, values, ["A"], SHARES)
    assert np.flatnonzero(~keep).tolist() == [0, 2, 4]
    assert regions["split"].tolist() == [split for split, kept in zip(stated, keep, strict=True) if kept]
    step = "left out: of training or validation, overlaps a test region, or of training, a validation region"
    assert told(steps)[step] == 3
    peaks["split"] = "train"
    with pytest.raises(InputError, match="with the split that the data state, none is left for validation; exp"):
        select_peaks(peaks, codes, values, ["A"], SHARES)


# --- What is fitted is fitted on the training regions -----------------------------------------------------------------


def split_regions(values, n_test, targets="AB"):
    """The last rows are validation and test."""
    splits = np.array(["train"] * (len(values) - n_test) + ["validation", "test"] * (n_test // 2))
    return pd.DataFrame(values, columns=list(targets)).assign(split=splits)


@pytest.mark.parametrize("variable", [None, 24])
@pytest.mark.parametrize("how", ["none", "log1p", "quantile", "z"])
def test_training_regions_are_the_same_whatever_the_values_of_validation_and_test(how, variable):
    rng, settings = np.random.default_rng(0), {"transform": how, "weights": "strength", "variable": variable}
    values = rng.gamma(2, size=(60, 2)).astype(np.float32)
    found = []
    for factors in ([1, 1], [0.8, 1.5], [100, 0.01]):
        other = np.concatenate([values[:40], values[40:][::-1] * factors]).astype(np.float32)
        regions, keep, weights, _ = prepare_values(split_regions(other, 20), "AB", settings)
        train = (regions["split"] == "train").to_numpy()
        assert len(regions) == keep.sum() == len(weights)
        found.append((regions[train].to_numpy().tolist(), keep[:40].tolist(), weights[train].tolist()))
        assert train.sum() == (40 if variable is None else 16)
    assert found[0] == found[1] == found[2]
    alone = prepare_values(split_regions(values[:40], 0), "AB", settings | {"variable": variable and 16})[0]
    assert found[0][0] == alone.to_numpy().tolist()


def test_a_number_of_variable_regions_that_leaves_no_test_region_is_one_sentence():
    values = np.array([[0, 9], [0, 8], [0, 7], [0, 6], [1, 1], [2, 2]], dtype=np.float32)
    settings = {"transform": "none", "weights": "none", "variable": 4}
    sentence = "config, source.variable: found 4, with which no region is left for validation, expected a larger number"
    with pytest.raises(InputError, match=sentence):
        prepare_values(split_regions(values, 2), "AB", settings)


# --- Transformations --------------------------------------------------------------------------------------------------


def all_of(values):
    return np.ones(len(values), dtype=bool)


def test_transformations_of_a_small_table():
    values = np.array([[0, 3], [1, 3], [5, 9]], dtype=np.float32)
    np.testing.assert_array_equal(transform(values, "none", "AB", all_of(values)), values)
    np.testing.assert_allclose(transform(values, "log1p", "AB", all_of(values)), np.log(1 + values), rtol=1e-6)
    scaled = transform(values, "z", "AB", all_of(values))
    np.testing.assert_allclose(scaled[:, 1], [-1 / np.sqrt(2), -1 / np.sqrt(2), np.sqrt(2)], rtol=1e-6)
    assert scaled.dtype == np.float32
    quantiles = transform(values, "quantile", "AB", all_of(values))
    np.testing.assert_array_equal(quantiles, normalise_quantiles(values, all_of(values)))


def test_transformations_are_those_of_the_training_regions():
    """Training: A 0 2 4, B 10 30 20, whose sorted means are 5, 11, 17; z: means 2 and 20."""
    values = np.array([[0, 10], [2, 30], [4, 20], [1, 12.5], [-3, 99]], dtype=np.float32)
    train = np.array([True, True, True, False, False])
    expected = [[5, 5], [11, 17], [17, 11], [8, 6.5], [5, 17]]
    np.testing.assert_allclose(transform(values, "quantile", "AB", train), expected, rtol=1e-6)
    spread = np.sqrt([8 / 3, 200 / 3])
    np.testing.assert_allclose(transform(values, "z", "AB", train), (values - [2, 20]) / spread, rtol=1e-6)


def test_a_constant_target_stays_one():
    values = np.array([[2, 0.1], [2, 0.1], [2, 0.1]], dtype=np.float32)
    np.testing.assert_allclose(transform(values, "z", "AB", all_of(values)), 0, atol=1e-6)
    np.testing.assert_allclose(transform(values, "quantile", "AB", all_of(values)), 1.05)


def test_there_is_no_logarithm_of_some_values():
    values = np.array([[0, 3], [1, -0.5]], dtype=np.float32)
    with pytest.raises(InputError, match="config, source.transform: found log1p, but -0.5 for 'B' in region 2, exp"):
        transform(values, "log1p", ["A", "B"], all_of(values))


def test_quantiles_of_a_small_table():
    """Columns 5 2 3 4, 4 1 4 2 and 3 4 6 8: the means of sorted values are 2, 3, 14/3 and 17/3."""
    values = np.array([[5, 4, 3], [2, 1, 4], [3, 4, 6], [4, 2, 8]], dtype=np.float32)
    low, second, third, high = 2, 3, 14 / 3, 17 / 3
    tied = (third + high) / 2
    expected = [[high, tied, low], [low, low, second], [second, tied, third], [third, second, high]]
    np.testing.assert_allclose(normalise_quantiles(values, all_of(values)), expected, rtol=1e-6)


@settings(deadline=None)
@given(MATRIX)
def test_quantiles_keep_the_order_of_every_target_and_give_all_one_distribution(values):
    normalised = normalise_quantiles(values, all_of(values))
    assert normalised.shape == values.shape and normalised.dtype == np.float32
    reference = np.sort(values.astype(float), axis=0).mean(axis=1)
    np.testing.assert_allclose(normalised.mean(axis=0), reference.mean(), rtol=1e-4, atol=1e-4)
    for before, after in zip(values.T, normalised.T, strict=True):
        order = np.argsort(before, kind="stable")
        assert (np.diff(after[order])[np.diff(before[order]) == 0] == 0).all()  # what was equal still is
        assert (np.diff(after[order]) >= 0).all()
        if len(np.unique(before)) == len(before):
            np.testing.assert_allclose(after[order], reference, rtol=1e-5, atol=1e-5)


@settings(deadline=None)
@given(MATRIX)
def test_quantiles_of_targets_in_another_order(values):
    turned = normalise_quantiles(values[::-1, ::-1], all_of(values))[::-1, ::-1]
    np.testing.assert_allclose(turned, normalise_quantiles(values, all_of(values)), rtol=1e-5, atol=1e-5)


@settings(deadline=None)
@given(MATRIX)
def test_quantiles_of_one_target_are_itself(values):
    np.testing.assert_allclose(normalise_quantiles(values[:, :1], all_of(values)), values[:, :1], rtol=1e-6)


@settings(deadline=None)
@given(MATRIX, st.integers(0, 10**6))
def test_quantiles_of_other_regions_keep_their_place_among_the_training_regions(values, seed):
    train = np.random.default_rng(seed).random(len(values)) < 0.5
    train[0] = True
    normalised = normalise_quantiles(values, train)
    np.testing.assert_allclose(normalised[train], normalise_quantiles(values[train], all_of(values[train])))
    for before, after in zip(values.T, normalised.T, strict=True):
        assert (np.diff(after[np.argsort(before, kind="stable")]) >= -1e-6).all()
        assert after.min() == after[train].min() and after.max() == after[train].max()


# --- Regions that vary, and how much they count -----------------------------------------------------------------------


def test_the_most_variable_regions_are_kept():
    values = np.array([[0, 0, 0], [5, 5, 8], [1, 4, 2], [9, 9, 9.5], [0, 0, 6]], dtype=np.float32)
    for n, kept in {1: [4], 2: [1, 4], 3: [1, 2, 4], 4: [1, 2, 3, 4], 5: range(5), 9: range(5)}.items():
        keep, steps = most_variable(values, n, all_of(values))
        assert np.flatnonzero(keep).tolist() == list(kept)
        told = f"than the {min(n, 5)} most variable training regions (source.variable: {n})"
        assert steps.values.tolist() == [
            [f"left out of these: less variable across targets {told}", 5 - len(kept)],
            ["kept: the most variable", len(kept)],
        ]
    keep, steps = most_variable(values, None, all_of(values))
    assert keep.all() and steps.empty
    with pytest.raises(InputError, match="config, source.variable: found 3, but one target, across which nothing"):
        most_variable(values[:, :1], 3, all_of(values))


def test_how_variable_a_region_has_to_be_is_decided_on_the_training_regions():
    values = np.array([[0, 1], [0, 2], [0, 3], [0, 4], [0, 2.5], [0, 9]], dtype=np.float32)
    train = np.array([True] * 4 + [False] * 2)
    keep, _ = most_variable(values, 3, train)  # two of the four
    assert keep.tolist() == [False, False, True, True, False, True]


def test_weights_by_strength():
    """A target of 100 times the signal has no more to say."""
    values = np.array([[0, 0], [1, 100], [2, 200], [4, 400], [98, 9_800]], dtype=np.float32)
    train = all_of(values)
    np.testing.assert_allclose(strength_weights(values, train), [0.1, 2 / 3, 1, 4 / 3, 1.96], rtol=1e-6)
    assert strength_weights(values, train).dtype == np.float32
    np.testing.assert_allclose(strength_weights(values[:, :1], train), strength_weights(values, train), rtol=1e-6)
    assert strength_weights(np.zeros((3, 2), dtype=np.float32), train[:3]).tolist() == [np.float32(0.1)] * 3
    with pytest.raises(InputError, match="config, source.weights: found strength, but -2 among the values, expected"):
        strength_weights(-values[:3, :1], train[:3])


# --- Totals -----------------------------------------------------------------------------------------------------------


def test_signal_is_described():
    values = np.array([[0, 1, 30], [0, 2, 0], [3, 6, 0], [1, 0, 60]], dtype=np.float32)
    described = describe_signal(values, ["A", "B", "C"], "log1p")
    assert described.set_index("target").T.to_dict("list") == {
        "A": [4, 4 / 9, 1, 0.5, 3, 0.5, "log1p"],
        "B": [9, 1, 2.25, 1.5, 6, 0.25, "log1p"],
        "C": [90, 10, 22.5, 15, 60, 0.5, "log1p"],
    }
    assert list(described)[1:4] == ["total", "relative_total", "mean"]


@pytest.mark.parametrize(
    ("totals", "sentence"),
    [
        ([1, 10, 5], ""),
        (
            [1, 10.1, 5],
            "the total signal of 'B' (10.1) is more than 10 times that of 'A' (1), as of libraries",
        ),
        ([4, 0, 5], "the total signal of 'C' (5) is more than 10 times that of 'B' (0)"),
        ([0, 0, 0], ""),
        ([-4, 90, 5], ""),
    ],
)
def test_libraries_of_different_size_are_told(totals, sentence):
    described = describe_signal(np.array([totals], dtype=np.float32), ["A", "B", "C"], "none")
    found = uneven_libraries(described)
    assert found.startswith(sentence) and bool(found) == bool(sentence)


# --- The rules --------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_the_rules_write_the_same_bytes_again_whatever_the_order_of_regions(tmp_path):
    rng = np.random.default_rng(0)
    sizes = dict.fromkeys(("chr1", "chr2", "chr3"), 20_000)
    letters = {chrom: "".join(rng.choice(list("ACGT"), size)) for chrom, size in sizes.items()}
    (tmp_path / "genome.fa").write_text("".join(f">{chrom}\n{bases}\n" for chrom, bases in letters.items()))
    for target, most in {"CD8 T cell": 1, "B": 30}.items():
        places = [(chrom, start) for chrom, size in sizes.items() for start in range(0, size, 50)]
        write_bigwig(tmp_path / f"{target}.bw", sizes, [(c, s, s + 50, most * rng.random()) for c, s in places])
    (tmp_path / "samples.csv").write_text("target,signal\nCD8 T cell,CD8 T cell.bw\nB,B.bw\n")
    starts = {chrom: rng.choice(19_800, 60, replace=False).tolist() for chrom in sizes}
    lines = [f"{chrom}\t{start}\t{start + 150}\n" for chrom, some in starts.items() for start in some]
    source = {"kind": "signal", "samples": "samples.csv", "regions": "regions.bed", "genome": "genome.fa"}
    settings = {"signal_width": 300, "transform": "log1p", "weights": "strength", "variable": 120}
    config = {"outdir": "results", "source": source | settings, "regions": {"width": 100}}
    folder, made = tmp_path / "results" / "regions", []
    for _ in range(2):
        (tmp_path / "regions.bed").write_text("".join(lines))
        succeed(tmp_path, "--forcerun", "select_regions", config=config, targets=["results/regions/regions.tsv.gz"])
        made.append({path.name: path.read_bytes() for path in folder.iterdir()})
        rng.shuffle(lines)
    assert made[0] == made[1]
    tables = {"regions.tsv.gz", "weights.tsv.gz"}
    assert made[0].keys() == {f"{n}.tsv" for n in ("counts", "gc", "selection", "signal", "targets", "values")} | tables
    regions, weights = (pd.read_csv(folder / name, sep="\t") for name in ("regions.tsv.gz", "weights.tsv.gz"))
    assert list(regions) == ["chrom", "start", "end", "name", "split", "CD8_T_cell", "B"]
    assert weights["name"].tolist() == regions["name"].tolist() and 100 < len(regions) <= 120
    assert np.isclose(weights["weight"].median(), 1, atol=0.1)
    log = (tmp_path / "results" / "logs" / "select_regions.log").read_text()
    assert "more than 10 times that of 'CD8_T_cell'" in log


@pytest.mark.slow
@needs_bedtools
def test_the_rules_use_the_split_of_an_anndata_file(tmp_path):
    rng = np.random.default_rng(0)
    (tmp_path / "genome.fa").write_text(f">chr1\n{''.join(rng.choice(list('ACGT'), 30_000))}\n")
    starts = rng.permutation(np.arange(0, 29_000, 200))
    names, words = (
        [f"chr1:{start}-{start + 100}" for start in starts],
        rng.choice(["train", "val", "test"], len(starts)),
    )
    values = rng.gamma(2, size=(2, len(starts)))
    write_h5ad(tmp_path / "a.h5ad", ["A", "B"], names, values, split=words.tolist())
    source = {"kind": "signal", "h5ad": "a.h5ad", "genome": "genome.fa", "transform": "z"}
    config = {"outdir": "results", "source": source, "regions": {"width": 100}}
    succeed(tmp_path, config=config, targets=["results/regions/regions.tsv.gz"])
    regions = pd.read_csv(tmp_path / "results" / "regions" / "regions.tsv.gz", sep="\t").set_index("name")
    stated = pd.Series(words, index=names).replace("val", "validation")
    assert regions["split"].to_dict() == stated.to_dict()
    of_train = values[:, words == "train"].T
    expected = (values.T - of_train.mean(axis=0)) / of_train.std(axis=0)
    np.testing.assert_allclose(regions.loc[names, ["A", "B"]], expected, rtol=1e-4, atol=1e-5)
    selection = pd.read_csv(tmp_path / "results" / "regions" / "selection.tsv", sep="\t")
    assert told(selection)["split as the data state it"] == told(selection)["kept"] == len(starts)
