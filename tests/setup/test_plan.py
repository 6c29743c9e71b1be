"""The plan of a run: where files lie, what is made, and which job makes it."""

import copy
from types import SimpleNamespace

import pytest
import yaml
from cam.errors import InputError
from cam.setup.config import check
from cam.setup.plan import Plan, asked_for, either
from conftest import ROOT
from running import SMALL, planned
from snakemake.utils import update_config


def _read(path):
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


DEFAULT, SCHEMA = _read("config.yaml"), _read("resources/config.schema.yaml")
IMMUNE = _read("experiments/immune_demo.yaml")


def plan_of(config=None):
    """The plan under the default configuration with some keys changed."""
    values = copy.deepcopy(DEFAULT)
    update_config(values, copy.deepcopy(config or {}))
    return Plan(check(values, SCHEMA, ROOT / "resources"), ROOT / "resources")


def wildcards(**values):
    return SimpleNamespace(**values)


# --- Sources ----------------------------------------------------------------------------------------------------------


def test_the_demo_s_sources_are_simulated():
    plan = plan_of()
    assert not plan.regression and plan.labelled == "tracks" and plan.task == "binding"
    assert plan.track("genome") == plan.sequences[0] == "results/simulation/genome.fa"
    assert plan.sources == [
        "results/simulation/genome.fa",
        "results/simulation/unibind.tar.gz",
        "results/simulation/wgEncodeRegDnaseClustered.txt.gz",
        "results/simulation/blacklist.bed.gz",
        "results/simulation/remap.bed.gz",
    ]
    assert plan.tables == ["resources/downloads/jaspar/JASPAR2020.meme"]
    assert plan.clusters == "resources/downloads/jaspar/JASPAR2020.clusters.tsv"


def test_the_immune_demo_has_peaks_and_tables_that_come_with_the_pipeline():
    plan = plan_of(IMMUNE)
    assert plan.regression and plan.format == "peaks" and plan.beds == []
    assert list(plan.peaks) == ["peaks", "heights", "genome"]
    assert set(plan.peaks.values()) == set(plan.sources) < set(plan.simulated.values())
    folder = ROOT / "resources" / "immgen"
    assert plan.tables[1:] == [str(folder / "lineages.tsv"), str(folder / "regulators.tsv")]


def test_public_tracks_lie_among_the_downloads_until_they_are_there(tmp_path):
    config = {"source": {"kind": "public_tracks"}, "downloads": str(tmp_path)}
    plan = plan_of(config)
    assert plan.track("dhs").startswith(f"{tmp_path}/") and plan.addresses[plan.track("dhs")].startswith("https://")
    assert plan.sources[0] == plan.genome and plan.genome.startswith(f"{tmp_path}/genomes/hg38.")
    (address,) = (address for address in plan.absent if address.endswith("wgEncodeRegDnaseClustered.txt.gz"))
    assert plan.address_of(wildcards(address=address)) == plan.addresses[plan.track("dhs")]
    path = tmp_path / address
    path.parent.mkdir(parents=True)
    path.touch()
    assert address not in plan_of(config).absent


def test_remap_s_single_data_sets_are_merged(tmp_path):
    plan = plan_of({"source": {"kind": "public_tracks", "remap_data_sets": ["a", "b"]}})
    assert plan.track("remap") == plan.merged_remap == "results/sources/remap.bed.gz"
    assert len(plan.remap_data_sets) == 2 and plan.sources[-2:] == plan.places(plan.remap_data_sets)
    for name in ("b.bed.gz", "a.bed.gz"):
        (tmp_path / name).touch()
    local = plan_of({"source": {"kind": "public_tracks", "urls": {"remap": str(tmp_path)}}})
    assert local.remap_data_sets == [f"{tmp_path}/{name}" for name in ("a.bed.gz", "b.bed.gz")] == local.sources[-2:]


def test_the_published_matrix_on_this_machine_and_on_the_web(tmp_path):
    source = {"kind": "published_matrix", "directory": str(tmp_path)}
    with pytest.raises(InputError, match=r"found no sequences.….fa.gz in '.*', expected the files of the published TF"):
        plan_of({"source": source})
    (tmp_path / "sequences.200bp.chr1.fa.gz").touch()
    plan = plan_of({"source": source})
    names = ["matrix2d.ReMap+UniBind.sparse.npz", "tfs_idx.pickle.gz", "sequences.200bp.chr1.fa.gz"]
    assert plan.sources == plan.matrix == [f"{tmp_path}/{name}" for name in names]
    source["directory"] = "https://example.org/matrix/"
    web = plan_of({"source": source, "regions": {"labels": "less_sparse"}})
    assert web.matrix[0] == "https://example.org/matrix/matrix2d.ReMap+UniBind.less-sparse.npz"
    assert len(web.fastas) == 24 and web.sequences == web.sources[2:]
    assert web.sequences[0] == "resources/downloads/example.org/matrix/sequences.200bp.chr1.fa.gz"


def test_a_motif_database_of_one_s_own_is_converted(tmp_path):
    (tmp_path / "own.meme").touch()
    plan = plan_of({"tomtom": {"database": str(tmp_path / "own.meme")}})
    assert plan.profiles == "results/motifs/profiles.meme"
    assert plan.tables == [str(tmp_path / "own.meme")]
    assert plan_of({"tomtom": {"taxon": "plants"}}).profiles == "resources/downloads/jaspar/JASPAR2020.plants.meme"


# --- Models and units -------------------------------------------------------------------------------------------------


def test_models_seeds_and_replicates():
    plan = plan_of({"seeds": [1, 2], "interpret": {"seed": 2}, "sweep": {"units": [3]}})
    assert plan.trained == ["cam", "baseline", "cam_u3", "cam_free_u3"] and plan.imported == []
    assert plan.evaluated == [f"results/models/{model}/seed{seed}" for model in ("cam", "baseline") for seed in (1, 2)]
    assert f"{plan.model}" == "results/models/cam/seed2" and plan.replicates == [1, 2]
    assert plan.replicate_motifs == ["results/motifs/replicates/seed1.meme", "results/motifs/units.meme"]
    assert "results/models/cam_free_u3/seed1" in plan.sweep


def test_a_model_from_a_file_has_one_replicate(tmp_path):
    (tmp_path / "theirs.pth").touch()
    theirs = {"architecture": "cam", "weights": str(tmp_path / "theirs.pth"), "units": 3}
    plan = plan_of({"seeds": [1, 2], "models": {"theirs": theirs}, "interpret": {"model": "theirs"}})
    assert plan.imported == ["theirs"] and plan.replicates == [1]
    assert plan.units == ["unit1", "unit2", "unit3"]
    of_theirs = wildcards(model="theirs")
    assert plan.weights_of(of_theirs) == plan.tables[-1] == theirs["weights"]
    assert plan.architecture_of(of_theirs) == {"architecture": "cam", "units": 3}


@pytest.mark.parametrize(("device", "gpus"), [("auto", 1), ("cuda", 1), ("cpu", 0)])
def test_the_device_is_no_part_of_how_a_model_is_trained(device, gpus):
    plan = plan_of({"training": {"device": device}})
    of_cam = wildcards(model="cam")
    assert (plan.device_of(of_cam), plan.gpus_of(of_cam)) == (device, gpus)
    settings = {key: value for key, value in plan.config["models"]["cam"]["training"].items() if key != "device"}
    assert plan.training_of(of_cam) == settings != {}
    assert plan.genetic_device == ("cpu" if device == "cpu" else "auto")


def test_runs_of_the_genetic_algorithm():
    plan = plan_of({"ga": {"units": [8], "population": 50}})
    assert plan.evolved == ["unit8"] and len(plan.units) == 10
    assert plan.start_of(wildcards(subject="unit8", direction="min")) == "results/ga/unit8_max.fa"
    assert plan.start_of(wildcards(subject="unit8", direction="max")) == []
    assert plan.start_of(wildcards(subject="CTCF", direction="min")) == []
    assert plan.genetic_settings["population"] == 50 and not {"random", "units"} & set(plan.genetic_settings)
    assert (plan.control_settings["population"], plan.control_settings["generations"]) == (50, 500)
    assert plan_of({"ga": {"units": []}}).evolved == []


def test_labels_in_snakemake_s_report_sort_as_numbers():
    plan = plan_of({"ga": {"units": [9]}})
    assert [plan.number_of(unit) for unit in ("unit9", "unit10")] == ["\u20079", "10"]
    shown, other = wildcards(subject="unit9", direction="max"), wildcards(subject="CTCF", direction="min")
    assert plan.labels_of()(shown) == {"unit": "\u20079", "direction": "max"}
    assert plan.labels_of()(other) == {"run": "CTCF, min"}
    assert plan.labels_of("max")(other) == {"run": "CTCF, max"}
    assert [plan.folder_of("Sequences")(run) for run in (shown, other)] == ["Sequences", "Sequences: on demand"]


def test_names_as_a_regular_expression():
    assert either(["a+b", "c"]) == r"a\+b|c"
    assert either([]) == "(?!)"


# --- What is asked for ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("snakemake --cores all x", ["--cores", "x"]),
        ("snakemake -c all all", ["-c", "all"]),
        ("snakemake --quiet all -- x", ["x"]),
        ("snakemake -j 2 --configfile all -- all x", ["all", "x"]),
    ],
)
def test_all_may_be_the_value_of_an_option(line, words):
    assert asked_for(line.split()) == words


def test_units_and_targets_that_are_asked_for_exist():
    plan = plan_of()
    plan.check_asked_for(["snakemake", "results/ga/unit10_min.svg", "results/enrichment/CTCF_max.clusters.tsv", "all"])
    with pytest.raises(InputError, match="^results/ga/unit11_max.fa: there is no unit or target 'unit11'; did you"):
        plan.check_asked_for(["snakemake", "results/ga/unit11_max.fa"])


@pytest.mark.parametrize(
    ("line", "together"),
    [
        ("snakemake", True),
        ("snakemake --cores all", True),
        ("snakemake all fig/a.svg", True),
        ("snakemake results/report/index.html fig/a.svg", True),
        ("snakemake plot_all fig/a.svg", True),
        ("snakemake --target-jobs plot_all: --allowed-rules plot_all", True),
        ("snakemake fig/a.svg", False),
        ("snakemake --cores all ./fig/b.svg", False),
        ("snakemake fig/other.svg", True),
    ],
)
def test_figures_are_drawn_together_unless_single_ones_are_asked_for(tmp_path, monkeypatch, line, together):
    monkeypatch.chdir(tmp_path)
    figures, inputs = ["fig/a.svg", "fig/b.svg"], ["a.tsv", "b.tsv"]
    assert plan_of().together(line.split(), "plot_all", figures, inputs) == together
    for name in inputs:
        (tmp_path / name).touch()
    assert plan_of().together(line.split(), "plot_all", figures, inputs)


def jobs_of(folder, targets, config=SMALL):
    """How many jobs of each rule there would be."""
    with planned(folder, config, targets) as workflow:
        names = [job.rule.name for job in workflow.dag.jobs]
    return {name: names.count(name) for name in names}


def test_one_job_draws_the_figures_of_all_runs(tmp_path):
    jobs = jobs_of(tmp_path, ["all"])
    assert (jobs["genetic_algorithm"], jobs["enrichments"]) == (2, 1)
    assert (jobs["plot_genetic"], jobs["plot_enrichments"], jobs["bed"]) == (1, 1, 1)
    assert not {"plot_genetic_of_one", "plot_enrichment", "enrichment"} & set(jobs)


@pytest.mark.parametrize(("folder", "rule"), [("enrichment", "plot_enrichment"), ("ga", "plot_genetic_of_one")])
def test_a_single_figure_needs_the_runs_of_its_own_unit(tmp_path, folder, rule):
    with planned(tmp_path, SMALL, [f"my results/{folder}/unit2_min.svg"]) as workflow:
        runs = [job.wildcards.subject for job in workflow.dag.jobs if job.rule.name == "genetic_algorithm"]
        names = [job.rule.name for job in workflow.dag.jobs]
    assert runs == ["unit2"]
    assert names.count(rule) == 1 and not {"plot_genetic", "plot_enrichments", "enrichments"} & set(names)


def test_a_single_table_of_motifs_needs_the_runs_of_its_own_unit(tmp_path):
    jobs = jobs_of(tmp_path, ["my results/enrichment/unit2_min.clusters.tsv"])
    assert (jobs["genetic_algorithm"], jobs["enrichment"]) == (1, 1) and "enrichments" not in jobs


def test_without_units_to_write_sequences_for_there_are_no_figures_of_all(tmp_path):
    none = SMALL | {"ga": SMALL["ga"] | {"units": []}}
    together = {"plot_genetic", "enrichments", "plot_enrichments"}
    assert not (together | {"genetic_algorithm"}) & set(jobs_of(tmp_path, ["all"], none))
    assert jobs_of(tmp_path, ["my results/enrichment/CTCF_max.svg"], none)["plot_enrichment"] == 1


def test_known_motifs_to_begin_with_are_a_file_of_the_trainings_that_have_them(tmp_path):
    own = tmp_path / "own.meme"
    own.touch()
    jaspar = "resources/downloads/jaspar/"
    for stated, taxon, file in [
        ("all", "vertebrates", f"{jaspar}JASPAR2020.meme"),
        ("JASPAR2022", "vertebrates", f"{jaspar}JASPAR2022.meme"),
        ("JASPAR2022", "insects", f"{jaspar}JASPAR2022.insects.meme"),
        (str(own), "vertebrates", str(own)),
    ]:
        plan = plan_of({"training": {"initial_motifs": stated}, "tomtom": {"taxon": taxon}})
        assert plan.initial_of(wildcards(model="cam")) == plan.initial_motifs == [file]
        assert plan.initial_of(wildcards(model="baseline")) == []
        assert "initial_motifs" not in plan.training_of(wildcards(model="cam"))
    assert plan_of().initial_of(wildcards(model="cam")) == plan_of().initial_motifs == []
    one = plan_of({"models": {"cam": {"training": {"initial_motifs": "all", "freeze": 3}}}})
    assert one.initial_motifs and one.training_of(wildcards(model="cam"))["freeze"] == 3


def test_the_learning_curve_has_a_training_for_every_share_and_seed():
    plan = plan_of({"seeds": [1, 2]})
    assert plan.curve == [(0.25, 1), (0.25, 2), (0.5, 1), (0.5, 2), (1, 1), (1, 2)]
    assert plan.of_curve("{share}/{model}/{seed}", "all/{model}/{seed}")[1::2] == [
        "0.25/cam/2",
        "0.5/cam/2",
        "all/cam/2",
    ]
    quarter = plan.training_of_share(wildcards(model="cam", share="0.25"))
    assert (quarter["epochs"], quarter["tuning_epochs"], quarter["starts"]) == (48, 24, 12)
    assert plan.compared == ["cam", "baseline"]
