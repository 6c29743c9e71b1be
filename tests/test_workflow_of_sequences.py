"""Labelled sequences in the workflow: the groups that intervals rest on, and targets that only the data name."""

import h5py
import numpy as np
import pytest
import yaml
from cam.bases import decode
from cam.io.tables import read_table
from running import plan, planned, snakemake, succeed

SMALL = yaml.safe_load("""
experiment: small
outdir: results
regions: {width: 40}
training: {epochs: 1, starts: 1, tuning_epochs: 1, device: cpu}
models: {cam: {units: 2}, baseline: null}
seeds: [1]
""")
OF_GROUPS = {"evaluate", "summarise_models", "usable_tables", "draw_share"}
OF_GC_CONTENT = "evaluate_gc_content"


def drawn(n, seed=0):
    return np.random.default_rng(seed).integers(0, 4, (n, 40), dtype=np.uint8)


def write_table(folder, values):
    """Sequences of which every other one is the reverse complement of the one before."""
    sequences = decode(drawn(len(values)))
    sequences[1::2] = [text[::-1].translate(str.maketrans("ACGT", "TGCA")) for text in sequences[::2]]
    rows = [f"{text}\t{value}\n" for text, value in zip(sequences, values, strict=True)]
    (folder / "table.tsv").write_text("sequence\tactivity\n" + "".join(rows))
    return SMALL | {"source": {"kind": "sequences", "table": "table.tsv"}}


def write_hdf5(folder, names):
    """A file of ExplaiNN's, whose names of targets nothing but the file knows."""
    rng, codes = np.random.default_rng(1), drawn(300, seed=1)
    with h5py.File(folder / "data.h5", "w") as file:
        for part, rows in (("train", slice(200)), ("valid", slice(200, 240)), ("test", slice(240, 300))):
            file[f"{part}_in"] = np.eye(4)[codes[rows]].transpose(0, 2, 1)
            file[f"{part}_out"] = (rng.random((len(codes[rows]), len(names))) < 0.5).astype(float)
        file["target_labels"] = [name.encode() for name in names]
    return SMALL | {"source": {"kind": "sequences", "table": "data.h5"}}


def inputs(folder, config, target):
    """What goes into the jobs of each rule that scores or draws regions."""
    with planned(folder, config, [target]) as workflow:
        return {
            job.rule.name: {str(path) for path in job.input}
            for job in workflow.dag.jobs
            if job.rule.name in {*OF_GROUPS, OF_GC_CONTENT}
        }


@pytest.mark.parametrize("task", ["binding", "regression"])
def test_whatever_resamples_sequences_gets_their_groups(tmp_path, task):
    config = write_table(tmp_path, [0, 1] * 10 if task == "binding" else np.arange(20) / 10)
    found = inputs(tmp_path, config, "usable") | inputs(tmp_path, config, "results/models/summary.tsv")
    wanted = OF_GROUPS
    if task == "binding":
        found, wanted = found | inputs(tmp_path, config, "results/models/gc_content.tsv"), {*OF_GROUPS, OF_GC_CONTENT}
    assert set(found) == wanted
    assert all("results/regions/groups.tsv.gz" in paths for paths in found.values())
    assert ("results/regions/orientations.tsv" in found["usable_tables"]) == (task == "regression")


def test_regions_with_positions_have_no_groups(tmp_path):
    found = inputs(tmp_path, SMALL, "usable") | inputs(tmp_path, SMALL, "results/models/summary.tsv")
    assert set(found) == OF_GROUPS
    assert not any("groups" in path or "orientations" in path for paths in found.values() for path in paths)


def test_groups_and_orientations_are_written(tmp_path):
    rng = np.random.default_rng(2)
    element = np.repeat(rng.normal(size=100), 2)
    config = write_table(tmp_path, element + 0.5 * rng.normal(size=200))
    succeed(tmp_path, config=config, targets=["results/regions/groups.tsv.gz"])
    groups = read_table(tmp_path / "results" / "regions" / "groups.tsv.gz")
    regions = read_table(tmp_path / "results" / "regions" / "regions.tsv.gz")
    assert groups["name"].tolist() == regions["name"].tolist()
    assert groups["group"].tolist() == np.repeat(np.arange(100), 2).tolist()
    found = read_table(tmp_path / "results" / "regions" / "orientations.tsv").set_index("target").loc["activity"]
    assert found["pairs"] == 100 and found["pearson"] == pytest.approx(1 / 1.25, abs=0.1)


def test_bound_and_unbound_sequences_of_targets_that_only_the_data_name(tmp_path):
    config = write_hdf5(tmp_path, ["CTCF", "CD8 T"])
    before = plan(tmp_path, config)
    assert before["select_regions"] == 1 and "bed" not in before
    regions = tmp_path / "results" / "regions"
    succeed(tmp_path, config=config, targets=["results/regions/CTCF.positive.bed"])
    assert {path.name for path in regions.glob("*.bed")} == {"CTCF.positive.bed", "CTCF.negative.bed"}
    assert plan(tmp_path, config)["bed"] == 1  # now that the names are known: of the other target
    table = read_table(regions / "regions.tsv.gz", dtype={"chrom": str})
    beds = {label: read_table(regions / f"CTCF.{label}.bed", names=range(6)) for label in ("positive", "negative")}
    for label, value in (("positive", 1), ("negative", 0)):
        assert sorted(beds[label][0]) == sorted(table.loc[table["CTCF"] == value, "name"])
        assert (beds[label][1] == 0).all() and (beds[label][2] == 40).all()
    status, printed = snakemake(tmp_path, config=config, targets=["results/regions/CTFC.positive.bed"])
    assert status != 0
    assert "results/regions/CTFC.positive.bed: there is no target 'CTFC'; did you mean 'CTCF'?" in printed
    assert not (regions / "CTFC.positive.bed").exists()


def test_a_table_names_its_targets_before_anything_is_read(tmp_path):
    config = write_table(tmp_path, [0, 1] * 10)
    with planned(tmp_path, config) as workflow:
        (job,) = [job for job in workflow.dag.jobs if job.rule.name == "bed"]
    names = ["activity.positive.bed", "activity.negative.bed"]
    assert [str(path) for path in job.output] == [f"results/regions/{name}" for name in names]
