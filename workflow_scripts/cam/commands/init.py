"""Look at files of your own, and write an experiment for them: every key that was chosen, and why.

Peaks (BED, narrowPeak, broadPeak, summits) become a source of the kind peaks; FASTA and tables with a column
`sequence` one of sequences; bigWig files with --regions, and tables of regions and targets or .h5ad, one of signal.
"""

from pathlib import Path

from ..errors import InputError
from ..setup.own_data import Sample, safe_name
from .choices import Choice
from .experiment import as_text, run_command, write_experiment
from .findings import several
from .genome import looked_into
from .recognise import recognise, target_of, without_ends

EXAMPLE = "cam init peaks/*.narrowPeak --genome hg38.fa"
_KINDS = {  # of source, and what is in the files
    "peaks": ("peaks", "peaks"),
    "bigWig": ("signal", "signal (bigWig)"),
    "values": ("signal", "values of regions"),
    "FASTA": ("sequences", "sequences (FASTA)"),
    "sequences": ("sequences", "sequences and labels"),
}
_TARGET = {"peaks": 1, "signal": 0, "sequences": 0}  # column of the table that is printed
# Options, and what files they are for.
_OPTIONS = {
    "genome": ("peaks", "bigWig", "values"), "open": ("peaks",), "negatives": ("FASTA",), "regions": ("bigWig",),
    "samples": ("peaks", "bigWig"),
}  # fmt: skip


def add_arguments(parser):
    """Add the arguments of this command to a parser."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="all of one kind, plain or gzipped")
    parser.add_argument("--genome", help="FASTA or 2bit, its address, or an assembly of UCSC's such as hg38")
    parser.add_argument("--open", metavar="BED", help="accessible regions, of which candidates are made (peaks)")
    parser.add_argument("--negatives", metavar="FASTA", nargs="+", help="unbound sequences (FASTA)")
    parser.add_argument("--regions", metavar="BED", help="where signal is taken (bigWig)")
    parser.add_argument("--name", help="of the experiment; by default that of the target, or of the kind of source")
    parser.add_argument("-o", "--output", metavar="EXPERIMENT.yaml", help="by default NAME.yaml")
    parser.add_argument("--samples", metavar="SAMPLES.tsv", help="by default NAME_samples.tsv beside the experiment")
    parser.add_argument("--force", action="store_true", help="replace files that are there")


def run(arguments):
    """Look at the files, write the experiment, and say what was found and chosen.

    Raises
    ------
    InputError
        If a file cannot be read, files are of several kinds, or something that they need is not given.
    """
    for path in arguments.files:
        if "://" in path:
            raise InputError(f"{path}: found an address, expected a file that can be looked at; fetch it first")
    files = [str(Path(path)) for path in arguments.files]
    form = _form(files, arguments)
    kind, what = _KINDS[form]
    look = {"peaks": _peaks, "signal": _signal, "sequences": _sequences}[kind]
    found, choices, samples = look(form, files, arguments)
    targets = list(dict.fromkeys(row[_TARGET[kind]] for row in found.rows))
    name = arguments.name or (Path(arguments.output).stem if arguments.output else "")
    name = safe_name(name or (targets[0] if len(targets) == 1 else kind))
    experiment, sheet = Path(arguments.output or f"{name}.yaml"), None
    head = [
        Choice("experiment", name),
        Choice("outdir", f"results/{name}", "all results of this run"),
        Choice("source.kind", kind, f"the files hold {what}"),
    ]
    if samples:
        sheet = arguments.samples or str(experiment.with_name(f"{experiment.stem}_samples.tsv"))
        head.append(Choice("source.samples", sheet, f"targets by the names of the files: {several(targets)}"))
    write_experiment(experiment, head + choices, sheet, samples, kind, arguments.force)
    n = len(files) + len(arguments.negatives or [])
    print(f"{n} file{'s' * (n > 1)} with {what}")
    found.show()
    print(f"Chosen, in {experiment}{f' and {sheet}' if sheet else ''}:")
    for key, value, why in head[2:] + choices:
        value = ", ".join(value) if isinstance(value, dict) else as_text(value)
        print(f"  {key}: {value}{f' ({why})' if why else ''}")
    print(f"Next:\n  {run_command(experiment)}")


def _form(files, arguments):
    """What the files are, all of them, and whether the options are those of such files."""
    for path in files:
        if files.count(path) > 1:
            raise InputError(f"{path}: found it twice among the files, expected every file once")
        if not path.isprintable() or "{" in path or "}" in path:
            raise InputError(f"{path}: found a name with braces or control characters, expected none; rename the file")
    forms = {path: recognise(path) for path in files}
    form = forms[files[0]]
    for path in files:
        if forms[path] != form:
            advice = "; the regions of bigWig files are given as --regions" * (
                {form, forms[path]} == {"peaks", "bigWig"}
            )
            raise InputError(
                f"{path}: found {forms[path]}, but {form} in {files[0]}, expected files of one kind{advice}"
            )
    for option in ("open", "regions"):
        if (path := getattr(arguments, option)) and recognise(path) != "peaks":
            raise InputError(f"--{option}: found {recognise(path)} in {path}, expected BED")
    for option, forms_of in _OPTIONS.items():
        if getattr(arguments, option) and form not in forms_of:
            raise InputError(
                f"--{option}: found it for {form}, expected it only for {' and '.join(forms_of)}; leave it out"
            )
    if form in _OPTIONS["genome"] and not arguments.genome:
        raise InputError(
            f"--genome: found none for {form}, expected a file, its address, or the name of an assembly such as hg38"
        )
    if form == "bigWig" and not arguments.regions:
        raise InputError("--regions: found none for bigWig, expected a BED file of the regions where signal is taken")
    if form == "values" and len(files) > 1:
        raise InputError(f"{files[1]}: found a second file of values, expected one with all targets")
    return form


def _samples(files, names):
    return [
        Sample(line, safe_name(name), name, path) for line, (path, name) in enumerate(zip(files, names, strict=True), 2)
    ]


def _peaks(form, files, arguments):
    from . import peaks  # here, as are the others, since one of them is needed, and imports take time

    samples = _samples(files, [target_of(path) for path in files])
    with looked_into(arguments.genome) as genome:
        found = peaks.look(samples, genome, [arguments.open] if arguments.open else [])
    return found, peaks.choose_experiment(found, samples, arguments.genome, arguments.open), samples


def _sequences(form, files, arguments):
    from . import sequences

    if form == "FASTA":
        source = sequences.arrange(files, [str(Path(path)) for path in arguments.negatives or []], arguments.name or "")
    else:
        source = {"kind": "sequences", "table": sequences.by_split(files)}
    found = sequences.look(source)
    return found, sequences.choose_experiment(found, source), []


def _signal(form, files, arguments):
    from . import signal

    samples = []
    if form == "bigWig":
        names = [target_of(path) for path in files]
        if len(set(names)) < len(names):  # replicates, which are targets of their own: there is no union of signals
            names = [without_ends(path) for path in files]
        samples = _samples(files, names)
        source = {"regions": arguments.regions}
    else:
        source = {"h5ad" if files[0].lower().endswith(".h5ad") else "table": files[0]}
    with looked_into(arguments.genome) as genome:
        found = signal.look(source, samples, genome)
    return found, signal.choose_experiment(found, source, arguments.genome), samples
