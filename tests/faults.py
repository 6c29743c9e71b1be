"""Kill a whole run at random moments, again and again, until it is finished: the files must be those of a quiet run.

    python tests/faults.py --kills 25 --seed 1

prints when each kill came and what was running, and what differs in the end. The exit status is 1 if anything does.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import numpy as np
import psutil
from running import SMALL, command, environment, results, succeed

LONGEST = 25  # seconds between the start of a run and a kill, at most


def start(folder, **options):
    """Start Snakemake, with all that it will start, as a group of processes of its own."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command(folder, **options), env=environment(), start_new_session=True, **quiet)


def kill(process):
    """End a run and all of its processes at once, with no chance to clean up; the names of the steps that ran."""
    family = psutil.Process(process.pid).children(recursive=True)
    steps = set()
    for child in family:
        try:
            steps |= {Path(word).stem.split(".", 2)[-1] for word in child.cmdline() if word.endswith(".py")}
        except psutil.Error:
            continue
    os.killpg(process.pid, signal.SIGKILL)
    for child in family:
        if child.is_running():
            child.kill()
    process.wait()
    psutil.wait_procs(family, timeout=30)
    return steps - {"__main__"}


def differing(expected, found, wanted):
    """The files that are wanted and not there, or there and not as expected."""
    return sorted(name for name in wanted | found.keys() if expected.get(name) != found.get(name))


def kill_again_and_again(folder, expected, kills, seed, say=print, wanted=None, longest=LONGEST):
    """Run until finished, over and over in new folders, and kill each run at a random moment, as often as wanted.

    Parameters
    ----------
    folder : Path
        An empty one.
    expected : dict of str to bytes
        What :func:`running.results` finds in an undisturbed run.
    kills, seed : int
    say : callable
        Called with a line about each kill and each finished run.
    wanted : sequence of str, optional
        Files in the folder of results that are asked for; all unless given.
    longest : float
        Seconds between the start of a run and a kill, at most.

    Returns
    -------
    runs : int
        How many runs were finished.
    differing : list of str
        The files that were not as expected in any of them.
    """
    rng, done, runs, different = np.random.default_rng(seed), 0, 0, []
    targets = [f"{SMALL['outdir']}/{name}" for name in wanted] if wanted else ["all"]
    while done < kills:
        place = folder / f"run{runs + 1}"
        while True:
            process = start(place, config=SMALL, targets=targets)
            try:
                process.wait(rng.uniform(0, longest) if done < kills else None)
            except subprocess.TimeoutExpired:
                steps, done = kill(process), done + 1
                made = sum(path.is_file() for path in (place / SMALL["outdir"]).rglob("*"))
                say(f"kill {done:2d}: {made:3d} files; running: {', '.join(sorted(steps)) or 'Snakemake itself'}")
                succeed(place, "--unlock", config=SMALL, targets=targets)
                continue
            assert process.returncode == 0, f"{place}: the run failed without being killed"
            break
        runs += 1
        found = results(place / SMALL["outdir"])
        now = differing(expected, found, set(wanted or expected))
        different += now
        say(f"run {runs} is finished: {len(found)} files, {len(now)} of them not as expected {now or ''}")
    return runs, different


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=25)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        succeed(folder / "undisturbed", config=SMALL)
        expected = results(folder / "undisturbed" / SMALL["outdir"])
        runs, different = kill_again_and_again(folder, expected, options.kills, options.seed)
    print(f"{options.kills} kills, {runs} runs survived, {len(different)} files lost or different")
    for name, times in Counter(different).items():
        print(f"{times} × {name}")
    sys.exit(bool(different))


if __name__ == "__main__":
    main()
