"""Snakemake's own report: it has every figure and table, each with a caption and a place of its own in the menu."""

import itertools
import re
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from jinja2 import Environment, StrictUndefined
from running import SMALL, planned
from snakemake.io import get_flag_value, is_flagged
from snakemake.report import FileRecord, expand_labels, expand_report_argument

# Snakemake's own call of docutils.
pytestmark = pytest.mark.filterwarnings("ignore:Argument .writer_name.:PendingDeprecationWarning")

# What is drawn or summed up in a figure or table that is there, is there in another form, or is too large.
LEFT_OUT = [
    r"\.compact\.svg$",
    r"^regions/(candidates|dropped|regions|gc|sequences|groups|targets)\.",
    r"^regions/.*\.bed$",
    r"^simulation/",
    r"^motifs/replicates/|^tomtom/replicates/",
    r"^models/.*/(history|predictions|detectors|final_weights)\.tsv",
    r"^interpretation/(consistency\.members|target_trees|lineage_units|nullification\.seconds)\.tsv$",
    r"^interpretation/nullification/",
    r"^ga/(random\.fa|.*\.(history|outputs)\.tsv|.*\.run\.json)$",
    r"^controls/(untrained\.safetensors|enrichment\.tsv)$",
    r"^enrichment/[^.]*\.tsv$",
    r"^controls/(detectors|tomtom|annotation|units|shuffled/.*)\.(tsv|meme)$",
]


def without_lineages():
    """Replicates, regions by name, the unit sweep, and what is made on demand."""
    config = SMALL | {"seeds": [1, 2], "local": {"names": ["chr1:100-300"]}, "sweep": {"units": [1, 2]}}
    demanded = ("enrichment/CTCF_max.svg", "ga/CTCF_max.svg", "ga/JUND_min.svg", "interpretation/local/chr1:5-205.svg")
    return config, ["all", "sweep", *(f"my results/{name}" for name in demanded)]


def with_lineages():
    """A table of lineages for TFs; one model, of one seed, and sequences for one of its units."""
    (Path("lineages.tsv")).write_text("target\tlineage\nCTCF\tinsulator\nJUND\tAP-1\n")
    return SMALL | {"lineages": "lineages.tsv", "models": {"baseline": "null"}, "ga": {"units": [2]}}, ["all"]


def immune():
    config = yaml.safe_load((ROOT / "experiments" / "immune_demo.yaml").read_text(encoding="utf-8"))
    return config | {"outdir": "my results", "sweep": {"units": [1, 2]}}, ["all", "sweep"]


def one_value():
    """A single target of real numbers: nothing correlates across targets, and none is like another."""
    Path("activities.tsv").write_text("sequence\tactivity\nACGT\t0.5\n")
    source = {"kind": "sequences", "table": "activities.tsv"}
    config = {key: SMALL[key] for key in ("outdir", "models", "controls", "ga")}
    return config | {"source": source, "regions": {"width": 40}, "sweep": {"units": [1, 2]}}, ["all", "sweep"]


@pytest.fixture(params=[without_lineages, with_lineages, immune, one_value], scope="module")
def report(request, tmp_path_factory):
    """All that Snakemake's report would show, by its path: category, subcategory, labels and caption; and all files."""
    folder = tmp_path_factory.mktemp("plan")
    # Unlike Snakemake's own, this environment does not let undefined names pass.
    environment = Environment(trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    shown, files = {}, set()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        config, targets = request.param()
        with planned(folder, config, targets, ["--report", "report.zip"]) as workflow:
            for job in workflow.dag.jobs:
                for file in job.output:
                    name = str(file).removeprefix("my results/")
                    files.add(name)
                    if is_flagged(file, "report"):
                        found = get_flag_value(file, "report")
                        place = [
                            workflow.async_run(expand_report_argument(part, job.wildcards, job))
                            for part in (found.category, found.subcategory)
                        ]
                        labels = workflow.async_run(expand_labels(found.labels, job.wildcards, job))
                        Path(file).parent.mkdir(parents=True, exist_ok=True)
                        Path(file).touch()
                        record = FileRecord(path=Path(file), job=job, raw_caption=found.caption)
                        record.render(environment, "", {}, [])
                        shown[name] = (*place, labels, record.caption)
    return shown, files


def test_every_result_has_a_caption_that_can_be_read(report):
    shown, _ = report
    assert len(shown) > 30
    for name, (*_, caption) in shown.items():
        text = re.sub(r"<[^>]+>", "", caption)
        assert len(text.split()) > 7, name
        assert "system-message" not in caption and "{" not in text, name  # what docutils or jinja2 did not understand


def test_every_result_can_be_found_and_told_from_the_others(report):
    """Snakemake's page lists results by label; where two labels cross, it needs a result for every pair of values."""
    shown, _ = report
    folders = {}
    for category, subcategory, labels, _ in shown.values():
        assert category and re.match(r"\d ", category)  # the menu is in alphabetical order
        folders.setdefault((category, subcategory), []).append(labels)
    for labels in folders.values():
        assert len({tuple(one) for one in labels}) == 1, labels
        combinations = [tuple(one.values()) for one in labels]
        assert len(set(combinations)) == len(combinations), labels
        assert set(combinations) == set(itertools.product(*zip(*combinations, strict=True))), labels
    for category, subcategories in itertools.groupby(sorted(folders, key=str), key=lambda folder: folder[0]):
        names = [subcategory for _, subcategory in subcategories]
        assert len(names) == 1 or None not in names, category


def test_every_figure_and_table_is_there(report):
    shown, files = report
    expected = {name for name in files if re.search(r"\.(svg|tsv|meme|fa|html|json)(\.gz)?$", name)}
    expected -= {name for name in expected if "jaspar" in name or name.endswith("metrics.json")}
    left_out = {name for name in expected if any(re.search(pattern, name) for pattern in LEFT_OUT)}
    assert set(shown) == expected - left_out


def test_a_single_target_of_real_numbers_has_nothing_that_compares_targets(report, request):
    shown, _ = report
    drawn = {"models/predictions.svg"} & set(shown)
    compared = {name for name in shown if re.search(r"correlations|cell_types|cooperativity|target_clusters", name)}
    assert (drawn, bool(compared)) == (({"models/predictions.svg"}, False) if _single(request) else (set(), True))


def _single(request):
    return request.node.callspec.params["report"] is one_value


def test_every_caption_belongs_to_a_rule(tmp_path):
    named = {"workflow.rst"}  # of the whole report
    sources = {"kind": "sequences", "table": "a.tsv"}, {"kind": "signal", "h5ad": "a.h5ad", "genome": "a.fa"}
    own = [{"outdir": "my results", "source": source} for source in sources]
    begun = {**without_lineages()[0], "training": {"initial_motifs": "all"}}
    for number, config in enumerate((without_lineages()[0], begun, immune()[0], *own)):
        regions, arguments = ["my results/regions/regions.tsv.gz"], ["--report", "report.zip"]
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "a.tsv").write_text("sequence\tactivity\nACGT\t0.5\n")
        for name in ("a.h5ad", "a.fa"):
            (folder / name).touch()
        with planned(folder, config, regions, arguments) as workflow:
            files = [file for rule in workflow.rules for file in rule.output if is_flagged(file, "report")]
            named |= {Path(get_flag_value(file, "report").caption.get_path_or_uri(True)).name for file in files}
    assert named == {path.name for path in (ROOT / "resources" / "report" / "captions").iterdir()}
