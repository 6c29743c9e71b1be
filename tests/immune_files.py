"""AI-TAC's text files and ImmGen's table, written anew from the arrays that AI-TAC's authors made of the former."""

from pathlib import Path

import numpy as np

BASES = "ATGC"  # of the rows of AI-TAC's one-hot sequences
WIDTH = 251


def write_text_formats(folder, arrays):
    """Write the sample of AI-TAC's data in the formats that its arrays were made from.

    The sequences come to lie on chr1 to chr3 of a made-up genome, a third on each, in the order of the arrays. There is
    also what has to be left out: a peak on chrX, one with an N, one that leaves its chromosome, one without heights,
    heights without a peak, and lines with a stray end-of-file character. Heights are in the reverse order, and two of
    the cell types are spelled as elsewhere.

    Parameters
    ----------
    folder : str or Path
        Gets ``genome.fa``, ``ImmGenATAC1219.peak_matched.txt``, ``mouse_peak_heights.csv`` and
        ``ImmGenATAC18_AllOCRsInfo.csv``, of which the last has the signal that the heights are the logarithms of.
    arrays : str or Path
        The folder with the arrays.

    Returns
    -------
    Path
        The folder.
    """
    folder, arrays = Path(folder), Path(arrays)
    folder.mkdir(parents=True, exist_ok=True)
    one_hot = np.load(arrays / "one_hot_seqs.npy")
    heights = np.load(arrays / "cell_type_array.npy")
    names = [name.decode() for name in np.load(arrays / "peak_names.npy")]
    cell_types = np.load(arrays / "cell_type_names.npy", allow_pickle=True)[:, 1]
    cell_types = [name.replace("MMP3", "MPP3").replace("MMP4", "MPP4") for name in cell_types]
    sequences = ["".join(BASES[base] for base in sequence.argmax(axis=0)) for sequence in one_hot]

    rng = np.random.default_rng(0)
    genome, peaks = {}, []  # name, chrom, start and stop, from 1 and both included
    for chrom, some in zip(("chr1", "chr2", "chr3", "chrX"), [*np.array_split(range(len(names)), 3), []], strict=True):
        letters = "".join(rng.choice(list("ACGTacgt"), 40))
        for number in some:
            peaks.append((names[number], chrom, len(letters) + 1, len(letters) + WIDTH))
            letters += sequences[number] + "".join(rng.choice(list("ACGT"), 40))
        genome[chrom] = letters + "".join(rng.choice(list("ACGT"), 2 * WIDTH))
    n = len(genome["chr1"])
    genome["chr1"] += "ACGTN" * 51
    left_out = [
        ("ImmGenATAC1219.peak_900001", "chr1", n + 1, n + WIDTH),  # with N
        ("ImmGenATAC1219.peak_900002", "chr2", len(genome["chr2"]) - 249, len(genome["chr2"]) + 1),
        ("ImmGenATAC1219.peak_900003", "chrX", 1, WIDTH),
    ]
    positions = [*peaks[:1], *left_out, ("ImmGenATAC1219.peak_900004", "chr2", 1, WIDTH), *peaks[1:]]
    (folder / "genome.fa").write_text("".join(f">{chrom}\n{letters}\n" for chrom, letters in genome.items()))
    (folder / "ImmGenATAC1219.peak_matched.txt").write_text(
        "".join(f"{name}  {chrom}\t{start} {stop}\n" for name, chrom, start, stop in positions)
    )

    values = dict(zip(names, heights, strict=True)) | {name: heights[0] for name, *_ in left_out}
    lines = [",".join([name, *map(str, row)]) for name, row in values.items()][::-1]
    lines.insert(5, "ImmGenATAC1219.peak_900006,\x1a" + ",1.5" * (len(cell_types) - 1))
    lines.insert(9, ",".join(["ImmGenATAC1219.peak_900005", *map(str, heights[1])]))  # without a peak
    text = "\r\n".join([",".join(["", *cell_types]), *lines, "\x1a"])
    (folder / "mouse_peak_heights.csv").write_bytes(text.encode())

    columns = [
        "ImmGenATAC1219.peakID", "chrom", "Summit", "mm10.60way.phastCons_scores", "_-log10_bestPvalue",
        "Included.in.systematic.analysis", "TSS", "genes.within.100Kb",
    ]  # fmt: skip
    with open(folder / "ImmGenATAC18_AllOCRsInfo.csv", "w") as text:
        text.write(",".join([*columns, *cell_types]) + "\n")
        for name, chrom, start, _ in [*peaks[:1], *left_out, *peaks[1:]]:
            described = [name.split("_")[1], chrom, start + WIDTH // 2, 0.15, 3.02, 1, "", '"Xkr4,Rp1,Sox17"']
            text.write(",".join(map(str, [*described, *(2.0 ** values[name].astype(float) - 1)])) + "\n")
    return folder
