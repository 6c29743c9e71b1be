"""Check an experiment as the pipeline does, look at its files, and say what looks wrong."""

from ..setup.own_data import OWN, read_samples
from .experiment import checked, read_experiment, run_command
from .genome import looked_into

EXAMPLE = "cam check experiment.yaml"


def add_arguments(parser):
    """Add the arguments of this command to a parser."""
    parser.add_argument("experiment", metavar="EXPERIMENT.yaml", help="what differs from the pipeline's config.yaml")


def run(arguments):
    """Check the experiment, and say what is found in its files.

    Raises
    ------
    InputError
        At the first mistake.
    """
    given = read_experiment(arguments.experiment)
    config = checked(given)
    kind = config["source"]["kind"]
    print(f"{arguments.experiment}: source.kind {kind}, task {config['task']}")
    if kind in OWN:
        stated = "task" in given or "task" in given["source"]
        found = (
            _sequences(config, stated) if kind == "sequences" else {"peaks": _peaks, "signal": _signal}[kind](config)
        )
        found.show()
    print(f"The pipeline accepts it. Next:\n  {run_command(arguments.experiment)}")


def _samples(config, column):
    """The rows of the sample sheet of targets that are asked for; none where there is no sheet."""
    if "samples" not in config["source"]:
        return []
    samples = read_samples(config["source"]["samples"], column)
    return [sample for sample in samples if sample.target in config["targets"]]


def _peaks(config):
    from . import peaks  # here, as are the others, since one of them is needed, and imports take time
    from .choices import split_warnings

    opened = config["source"].get("open", [])
    opened = [opened] if isinstance(opened, str) else list(dict(opened).values())
    with looked_into(config["source"]["genome"]) as genome:
        found = peaks.look(_samples(config, "peaks"), genome, opened, config["regions"]["width"])
    found.warnings += split_warnings(found.counts, config["split"], "peaks")
    return found


def _signal(config):
    from . import signal
    from .choices import split_warnings

    source = config["source"]
    with looked_into(source["genome"]) as genome:
        found = signal.look(source, _samples(config, "signal"), genome, source["signal_width"], config["targets"])
    found.warnings += split_warnings(found.counts, config["split"], "regions")
    return found


def _sequences(config, stated):
    from . import sequences

    source = config["source"]
    targets = [] if config["targets"] == "all" else config["targets"]
    fitted = config["regions"]["width"], source["trim"], source.get("length")
    return sequences.look(source, targets, config["task"], stated, fitted)
