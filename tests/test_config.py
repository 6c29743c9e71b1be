import copy
import gzip
import json
import pickle
import subprocess
import sys
from types import SimpleNamespace

import pytest
import yaml
from cam.errors import InputError
from cam.setup.config import check, table_of, without_presets
from cam.setup.plan import Plan
from conftest import ROOT
from running import write_own_files
from snakemake.utils import update_config

SCHEMA = yaml.safe_load((ROOT / "resources" / "config.schema.yaml").read_text())
DEFAULT = yaml.safe_load((ROOT / "config.yaml").read_text())


def changed(**changes):
    config = copy.deepcopy(DEFAULT)
    for path, value in changes.items():
        *parents, key = path.split("__")
        section = config
        for parent in parents:
            section = section[parent]
        section[key] = value
    return config


def test_the_default_configuration_states_the_defaults_of_the_schema():
    """config.yaml explains every key; what it says must be what happens without it."""
    needed = {key: DEFAULT[key] for key in ("experiment", "targets", "split", "models", "interpret")}
    assert check(needed, SCHEMA) == check(DEFAULT, SCHEMA)
    assert set(SCHEMA["properties"]) - set(DEFAULT) <= {"lineages", "regulators", "immune_simulation", "task"}


@pytest.mark.parametrize("null", [None, "null"])
def test_a_model_that_is_null_is_left_out(null):
    assert list(check(changed(models__baseline=null), SCHEMA)["models"]) == ["cam"]
    with pytest.raises(InputError, match="models"):
        check(changed(models={"cam": null}), SCHEMA)


def test_every_key_of_the_schema_is_described():
    def walk(section):
        for name, sub in section.get("properties", {}).items():
            assert sub.get("description"), name
            walk(sub)

    walk(SCHEMA)
    for definition in SCHEMA["$defs"].values():
        walk(definition)


@pytest.mark.parametrize("path", sorted((ROOT / "experiments").glob("*.yaml")), ids=lambda path: path.stem)
def test_every_experiment_is_valid(path, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    experiment = yaml.safe_load(path.read_text())
    source = experiment.get("source", {})
    if "directory" in source:
        (tmp_path / source["directory"]).mkdir(parents=True)
    write_own_files(source, tmp_path)
    config = copy.deepcopy(DEFAULT)
    update_config(config, experiment)
    config = check(without_presets(config, experiment), SCHEMA, ROOT / "resources")
    assert config["experiment"] == path.stem
    again = check(copy.deepcopy(config), SCHEMA, ROOT / "resources")
    assert again | {"source": 0} == config | {"source": 0}, "what was checked is accepted, and means the same"


def test_models_are_completed_with_their_training():
    config = check(changed(training__epochs=7), SCHEMA)
    assert config["models"]["cam"]["training"]["epochs"] == 7
    assert config["models"]["baseline"]["training"]["learning_rate"] == 0.004


def test_only_a_cam_is_made_of_several_trainings_unless_an_entry_says_so():
    config = check(changed(training__starts=5), SCHEMA)
    assert [config["models"][name]["training"]["starts"] for name in ("cam", "baseline")] == [5, 1]
    config = check(changed(models__baseline__training={"starts": 3}), SCHEMA)
    assert [config["models"][name]["training"]["starts"] for name in ("cam", "baseline")] == [12, 3]
    assert "units" not in config["models"]["baseline"]


def test_a_model_with_weights_has_only_what_is_stated():
    config = check(changed(models__theirs={"architecture": "cam", "weights": __file__, "units": 100}), SCHEMA)
    settings = {key: value for key, value in config["models"]["theirs"].items() if key != "training"}
    assert settings == {"architecture": "cam", "weights": __file__, "units": 100}


def stored(tmp_path, **changes):
    """A file that begins as a model of ours does; the tensors are not read here."""
    settings = {"units": 30, "filter_length": 19, "hidden": 50, "non_negative": True}
    description = {"architecture": "cam", "length": 200, "task": "binding", "targets": ["JUND", "CTCF", "MAX"]}
    header = json.dumps({"__metadata__": {"description": json.dumps(description | {"settings": settings} | changes)}})
    (tmp_path / "dictionary.safetensors").write_bytes(len(header).to_bytes(8, "little") + header.encode())
    return {"architecture": "cam", "weights": str(tmp_path / "dictionary.safetensors")}


@pytest.mark.parametrize(
    ("how", "units"), [({}, 30), ({"tune": "final"}, 30), ({"tune": "all"}, 30), ({"tune": {"new_units": 5}}, 35)]
)
def test_a_model_of_a_file_has_the_settings_that_are_in_it(tmp_path, how, units):
    few = ["CTCF", "MAX"] if not how else ["FOXA1"]
    config = check(changed(targets=few, models__theirs=stored(tmp_path) | how, interpret__model="theirs"), SCHEMA)
    model = config["models"]["theirs"]
    assert (model["units"], model["filter_length"], model["hidden"], model["pool"]) == (units, 19, 50, 7)
    plan = Plan(config, ROOT / "resources")
    assert (len(plan.units), plan.learns) == (units, bool(how))
    assert ("theirs" in plan.trained) == bool(how)
    training = plan.training_of(SimpleNamespace(model="theirs"))
    told = how.get("tune")
    assert training.get("tune") == ("new units" if isinstance(told, dict) else told)
    assert plan.dictionary_of(SimpleNamespace(model="theirs")) == [model["weights"]] * bool(how)
    assert "tune" not in plan.architecture_of(SimpleNamespace(model="theirs"))


@pytest.mark.parametrize(
    ("of_file", "of_model", "sentence"),
    [
        ({"length": 150}, {"tune": "final"}, "regions.width: found 200, expected 150, the width that models.theirs"),
        ({"architecture": "basset"}, {"tune": "final"}, "weights: found a model with the architecture basset"),
        (
            {"targets": ["MAX"]},
            {},
            "targets: 'CTCF' is not a target of models.theirs.weights;.* need models.theirs.tune",
        ),
        ({"task": "regression"}, {}, "weights: found a model for regression, expected one for binding; or say"),
        ({}, {"units": 10, "tune": "final"}, "units: found 10, expected 30, as in models.theirs.weights; take it out"),
        ({}, {"units": 30, "tune": {"new_units": 2}}, "units: found 30, expected 32"),
        ({"settings": {"units": "3"}}, {"tune": "all"}, "dictionary.safetensors: not a model of this pipeline"),
        ({"settings": {"units": 10**9}}, {"tune": "all"}, "dictionary.safetensors: not a model of this pipeline"),
        ({"targets": 3}, {"tune": "all"}, "dictionary.safetensors: not a model of this pipeline"),
        (
            {"settings": {"units": 30, "non_negative": False}},
            {"tune": "all", "non_negative": True},
            "found True, expected",
        ),
        ({}, {"tune": "some"}, "theirs.tune: found 'some'"),
        ({}, {"tune": {"new_units": 0}}, "theirs.tune.new_units: found 0, expected at least 1"),
        ({}, {"training": {"epochs": 3}}, "training: a model with weights is not trained"),
        ({}, {"weights": __file__, "tune": "all"}, "tune: found it for .* expected the weights of a model.safetensors"),
        ({}, {"weights": "none.safetensors", "tune": "all"}, "weights: found 'none.safetensors', expected an existing"),
    ],
)
def test_what_a_model_of_a_file_cannot_be_is_said(tmp_path, of_file, of_model, sentence):
    config = changed(targets=["CTCF"], models__theirs=stored(tmp_path, **of_file) | of_model)
    with pytest.raises(InputError, match=sentence):
        check(config, SCHEMA)


def test_tuning_needs_the_weights_of_a_model():
    with pytest.raises(InputError, match="models.cam.tune: found it without models.cam.weights"):
        check(changed(models__cam__tune="all"), SCHEMA)
    with pytest.raises(InputError, match="models.baseline.tune: only the architecture cam has it"):
        check(changed(models__baseline__tune="all"), SCHEMA)


IMMUNE = {
    "experiment": "immune",
    "source": {"kind": "immgen_demo"},
    "targets": "all",
    "split": {"validation": 0.1, "test": 0.1},
    "models": {
        "cam": {"architecture": "cam", "units": 30},
        "other": {"architecture": "aitac", "training": {"loss": "mse"}},
    },
    "interpret": {"model": "cam"},
}


def test_immune_cells_are_a_regression_on_all_targets_of_the_table():
    config = check(copy.deepcopy(IMMUNE), SCHEMA, ROOT / "resources")
    assert len(config["targets"]) == 81
    assert config["targets"][0] == "B.Fem.Sp"
    assert config["models"]["cam"]["training"]["loss"] == "pearson"
    assert config["models"]["other"]["training"]["loss"] == "mse"
    assert table_of(config, "lineages", "here") == "here/immgen/lineages.tsv"
    assert "lineages" not in config
    assert check(copy.deepcopy(DEFAULT), SCHEMA)["training"]["loss"] == "binding"
    assert table_of(DEFAULT, "lineages", "here") is None


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"targets": ["B.Fem.Sp", "B.Fo"]}, r"targets: 'B\.Fo' is not in .*lineages\.tsv; did you mean 'B\.Fo\.Sp'"),
        ({"targets": "some"}, "targets: found 'some', expected a list, or all"),
        ({"targets": {"min_positives": 9}}, "regions.min_positives: found 9 for task regression, expected none"),
        ({"targets": {"min_positive": 9}}, "targets: the key 'min_positives' is missing"),
        ({"targets": {"min_positives": 0}}, "targets.min_positives: found 0, expected at least 1"),
        ({"targets": {"min_positives": 9, "all": True}}, "targets: unknown key 'all'; known are 'min_positives'"),
        ({"training": {"freeze": True}}, "training.freeze: found True without training.initial_motifs, expected"),
        ({"training": {"initial_motifs": "no.meme"}}, "training.initial_motifs: found 'no.meme', expected all"),
        ({"training": {"initial_motifs": "all", "freeze": 0}}, "training.freeze: found 0, expected at least 1"),
        ({"training": {"average": "targets"}}, "training.average: found targets for the loss pearson, expected labels"),
        ({"regions": {"test": "all"}}, "regions.test: found all with source.kind immgen_demo, expected matched"),
        ({"regions": {"min_known": 0}}, "regions.min_known: found 0, expected at least 1"),
        ({"targets": 3}, "targets: found 3, expected a list or text"),
        ({"lineages": "none.tsv"}, "lineages: found 'none.tsv', expected an existing file"),
        ({"training": {"loss": "binding"}}, "training.loss: found binding, expected pearson or mse, since source"),
        ({"split": {"validation": 0.1, "test": ["chr1"]}}, "expected chromosomes for both or shares"),
        ({"split": {"validation": 0.5, "test": 0.5}}, "expected shares that leave some regions for training"),
        ({"split": {"validation": 0.0, "test": 0.1}}, "split.validation: found 0.0, expected more than 0"),
        ({"ga": {"units": [1, 31]}}, "ga.units: found 31, expected at most 30, the units of the model cam"),
        ({"ga": {"units": "none"}}, "ga.units: found 'none', expected a list, or all"),
        ({"source": {"kind": "immgen", "format": "arrays"}}, "source.directory: the key is missing; source.format arr"),
        ({"source": {"kind": "immgen", "directory": "/nowhere"}}, "source.directory: found '/nowhere', expected an ex"),
        ({"source": {"kind": "immgen", "directory": "/"}}, "found no ImmGenATAC1219.peak_matched.txt in '/', which "),
        ({"source": {"kind": "immgen", "urls": {"heights": "no.csv"}}}, "source.urls.heights: found 'no.csv', expect"),
    ],
)  # fmt: skip
def test_every_mistake_about_immune_cells_is_one_sentence(changes, sentence):
    with pytest.raises(InputError, match=sentence):
        check(copy.deepcopy(IMMUNE) | changes, SCHEMA, ROOT / "resources")


@pytest.fixture
def islets(tmp_path, monkeypatch):
    """Cell types that are not ImmGen's, and the folder with their files."""
    monkeypatch.chdir(tmp_path)
    for name in ("ImmGenATAC1219.peak_matched.txt", "mouse_peak_heights.csv"):
        (tmp_path / name).touch()
    (tmp_path / "lineages.tsv").write_text("target\tlineage\nalpha\tendocrine\nbeta\tendocrine\nacinar\texocrine\n")
    (tmp_path / "own.tsv").write_text("tf\tlineage\nCREB1\tendocrine\n")
    source = {"kind": "immgen", "directory": "."}
    return IMMUNE | {"targets": ["alpha", "beta", "acinar"], "source": source, "lineages": "lineages.tsv"}


def test_immgen_s_regulators_are_those_of_its_own_cell_types_only(islets):
    immgen = check(copy.deepcopy(IMMUNE), SCHEMA, ROOT / "resources")
    assert table_of(immgen, "regulators", "here") == "here/immgen/regulators.tsv"
    assert table_of(check(copy.deepcopy(islets), SCHEMA, ROOT / "resources"), "regulators", "here") is None
    own = check(islets | {"regulators": "own.tsv"}, SCHEMA, ROOT / "resources")
    assert table_of(own, "regulators", "here") == "own.tsv"


def test_regulators_of_lineages_that_there_are_not_are_told_before_any_job(islets, tmp_path):
    (tmp_path / "own.tsv").write_text("tf\tlineage\nCREB1\tendocrine\nPAX5\tB\n")
    with pytest.raises(
        InputError, match=r"own.tsv, line 3: found the lineage 'B'; known are 'all', 'endocrine', 'exocr"
    ):
        check(islets | {"regulators": "own.tsv"}, SCHEMA, ROOT / "resources")


@pytest.mark.parametrize("null", [None, "null"])
def test_lineages_and_regulators_may_be_none(islets, null):
    config = check(islets | {"lineages": null}, SCHEMA, ROOT / "resources")
    assert table_of(config, "lineages", "here") is None and table_of(config, "regulators", "here") is None
    config = check(IMMUNE | {"regulators": null}, SCHEMA, ROOT / "resources")
    assert table_of(config, "regulators", "here") is None
    for changes, sentence in [
        ({"lineages": null, "regulators": "own.tsv"}, "regulators: found a table, but none under lineages"),
        ({"lineages": null, "targets": "all"}, "targets: found 'all', expected a list, or a table of all targets"),
        ({"lineages": null, "source": {"kind": "immgen_demo"}}, "lineages: found none, expected a table, since source"),
    ]:
        with pytest.raises(InputError, match=sentence):
            check(islets | changes, SCHEMA, ROOT / "resources")


@pytest.mark.parametrize("targets", [["alpha"], ["alpha", "beta"], "all"])
def test_a_correlation_across_targets_needs_three_of_them(islets, tmp_path, targets):
    """Across one there is none; across two it is 1 or -1, which no gradient changes."""
    (tmp_path / "lineages.tsv").write_text("target\tlineage\nalpha\tendocrine\nbeta\tendocrine\n")
    sentence = (
        r"models.cam.training.loss: found pearson for [12] targets? \(alpha.*\), expected mse \(training.loss\), or 3"
    )
    for training in ({}, {"loss": "pearson"}):
        with pytest.raises(InputError, match=sentence):
            check(islets | {"targets": targets, "training": training}, SCHEMA, ROOT / "resources")
    config = check(islets | {"targets": targets, "training": {"loss": "mse"}}, SCHEMA, ROOT / "resources")
    assert config["models"]["cam"]["training"]["loss"] == "mse"


def test_a_share_or_a_choice_from_the_command_line_is_read():
    config = check(IMMUNE | {"split": {"validation": "0.2", "test": "0.1"}}, SCHEMA, ROOT / "resources")
    assert config["split"] == {"validation": 0.2, "test": 0.1}


def test_a_configuration_is_checked_where_there_is_only_snakemake():
    """With --use-conda the workflow is read in Snakemake's own environment, which need not have pandas or NumPy."""
    call = (
        "import sys, yaml; sys.modules |= dict.fromkeys(['pandas', 'numpy', 'scipy', 'torch']);"
        "from cam.setup.config import check; from cam.setup.addresses import place;"
        "config, schema = (yaml.safe_load(open(path)) for path in sys.argv[1:3]);"
        "print(len(check(config, schema, sys.argv[3])['targets']))"
    )
    config = ROOT / "experiments" / "immune_demo.yaml"
    arguments = [ROOT / "resources" / "config.schema.yaml", ROOT / "resources"]
    experiment = yaml.safe_load(config.read_text()) | {k: DEFAULT[k] for k in ("split", "interpret")}
    experiment["models"] = {"cam": {"architecture": "cam"}}
    experiment["ga"] = {}
    done = subprocess.run(
        [sys.executable, "-c", call, "/dev/stdin", *arguments], input=yaml.safe_dump(experiment), capture_output=True,
        text=True, env={"PYTHONPATH": str(ROOT / "workflow_scripts")},
    )  # fmt: skip
    assert done.stdout == "81\n", done.stderr


def test_all_targets_of_the_published_matrix_are_those_of_its_index(tmp_path):
    source = {"kind": "published_matrix", "directory": str(tmp_path)}
    with pytest.raises(InputError, match="targets: found 'all', but no .*/tfs_idx.pickle.gz, which names them"):
        check(changed(targets="all", source=source), SCHEMA)
    index = {"MAX": 2, "CTCF": 0, "NKX2-1": 1}
    (tmp_path / "tfs_idx.pickle.gz").write_bytes(gzip.compress(pickle.dumps(index)))
    assert check(changed(targets="all", source=source), SCHEMA)["targets"] == ["CTCF", "NKX2-1", "MAX"]
    few = check(changed(targets={"min_positives": 100}, source=source), SCHEMA)
    assert few["targets"] == ["CTCF", "NKX2-1", "MAX"] and few["regions"]["min_positives"] == 100
    assert check(copy.deepcopy(few), SCHEMA) == few
    with pytest.raises(InputError, match="regions.min_positives: found 9, but targets.min_positives is 100, expected"):
        check(changed(targets={"min_positives": 100}, regions={"min_positives": 9}, source=source), SCHEMA)
    assert check(changed(targets="all", source=source), SCHEMA)["regions"]["min_positives"] == 1
    assert check(changed(targets=["MAX"], source=source), SCHEMA)["regions"]["min_positives"] is None
    source["directory"] = "https://zenodo.org/records/1/files"
    with pytest.raises(
        InputError, match="or a list; fetch it from https://zenodo.org/records/1/files/tfs_idx.pickle.gz"
    ):
        check(changed(targets="all", source=source), SCHEMA)


def test_all_targets_need_a_table_of_them():
    with pytest.raises(InputError, match="targets: found 'all', expected a list, or a table of all targets"):
        check(changed(targets="all"), SCHEMA)


def test_chromosomes_that_are_numbers_are_names():
    config = check(changed(split={"validation": [2], "test": [3, "X"]}, regions={"chromosomes": [1, 2]}), SCHEMA)
    assert config["split"] == {"validation": ["2"], "test": ["3", "X"]}
    assert config["regions"]["chromosomes"] == ["1", "2"]


def test_text_from_the_command_line_becomes_numbers():
    config = check(changed(ga={"population": "50"}, training={"learning_rate": "1e-3"}, seeds=["1", "2"]), SCHEMA)
    assert config["ga"]["population"] == 50
    assert config["training"]["learning_rate"] == 0.001
    assert config["seeds"] == [1, 2]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"trainig": {}}, "config: unknown key 'trainig'; did you mean 'training'?"),
        ({"training__epoch": 3}, "config, training: unknown key 'epoch'; did you mean 'epochs'?"),
        ({"models__cam__unit": 3}, "config, models.cam: unknown key 'unit'; did you mean 'units'?"),
        ({"training__epochs": "ten"}, "config, training.epochs: found 'ten', expected a whole number"),
        ({"training__epochs": 0}, "config, training.epochs: found 0, expected at least 1"),
        ({"ga__population": 51}, "config, ga.population: found 51, expected a multiple of 2"),
        ({"targets": "CTCF"}, "config, targets: found 'CTCF', expected a list"),
        ({"targets": ["CTCF", "CTCF"]}, "config, targets: .* expected every item once"),
        ({"targets": ["A/B"]}, "config, targets: found 'A/B', expected a letter and at most 99 letters"),
        ({"source__kind": "remap"}, "config, source.kind: found 'remap', expected demo or published_matrix or"),
        ({"source__kind": "published_matrix"}, "config, source.directory: the key is missing"),
        (
            {"source": {"kind": "published_matrix", "directory": "/none"}},
            "config, source.directory: found '/none', expected an address or what exists here",
        ),
        (
            {"source": {"kind": "public_tracks", "urls": {"genome": "ftp://x/hg38.fa.gz"}}},
            "config, source.urls.genome: found 'ftp://x/hg38.fa.gz', expected an http, https or file address",
        ),
        (
            {"regions__biosamples": "none.tsv"},
            "config, regions.biosamples: found 'none.tsv', expected an existing file",
        ),
        ({"split__test": ["chr5"]}, "config, split: 'chr5' is in both validation and test"),
        (
            {"regions__chromosomes": "autosome"},
            "chromosomes: found 'autosome', expected a list, or assembled or autosomes",
        ),
        (
            {"regions__chromosomes": ["chr1"], "source": {"kind": "published_matrix", "directory": "."}},
            "config, regions.chromosomes: found it for source.kind published_matrix, expected no such key",
        ),
        (
            {"regions__negatives": "gc_and_repeat_matched", "source": {"kind": "published_matrix", "directory": "."}},
            "config, regions.negatives: found gc_and_repeat_matched for source.kind published_matrix, expected no such",
        ),
        ({"split": {"test": ["chr5"]}}, "config, split: the key 'validation' is missing"),
        (
            {"models__cam__filter_length": 201},
            r"models.cam.filter_length: found 201, expected at most the region's width of 200 bp \(regions.width\)",
        ),
        ({"models__cam__pool": 182}, "config, models.cam.pool: found 182, expected at most 181"),
        (
            {"models__baseline__units": 5},
            "config, models.baseline.units: only the architecture cam has it; found 'basset'",
        ),
        ({"interpret__model": "cams"}, "config, interpret.model: 'cams' is not under models; did you mean 'cam'?"),
        ({"interpret__model": "baseline"}, "config, interpret.model: 'baseline' is a basset, expected a cam"),
        (
            {"tomtom__database": "my.meme"},
            "tomtom.database: found .my.meme., expected a JASPAR release",
        ),
        (
            {"regions__test": "all", "regions__negatives": "shuffled"},
            "regions.test: found all with regions.negatives shuffled, expected matched",
        ),
        ({"interpret__seed": 2}, "config, interpret.seed: found 2, expected one of seeds"),
        (
            {"models__cam__weights": "none.pth"},
            "config, models.cam.weights: found 'none.pth', expected an existing file",
        ),
        (
            {"models__baseline__weights": __file__},
            "config, models.baseline.weights: only the architecture cam has it; found 'basset'",
        ),
        (
            {"models__theirs": {"architecture": "cam", "weights": __file__}},
            "config, models.theirs.units: the key is missing; a model with weights needs it",
        ),
        (
            {"models__cam__weights": __file__, "models__cam__training": {"epochs": 3}},
            "config, models.cam.training: a model with weights is not trained, expected no such key",
        ),
    ],
)
def test_every_mistake_is_one_sentence(changes, sentence):
    with pytest.raises(InputError, match=sentence) as caught:
        check(changed(**changes), SCHEMA)
    assert "\n" not in str(caught.value)
