"""A real Slurm cluster of one node, on this machine's loopback, in a folder of its own."""

import getpass
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager, suppress

import psutil

PROGRAMS = ("slurmctld", "slurmd", "munged", "sbatch", "srun", "scontrol", "squeue", "scancel")
# Debian keeps daemons where the path of a common user does not look.
PATH = os.pathsep.join([os.environ["PATH"], "/usr/sbin", "/sbin"])

SLURM_CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
MpiDefault=none
SwitchType=switch/none
TaskPlugin=task/none
ProctrackType=proctrack/linuxproc
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
SchedulerType=sched/backfill
SchedulerParameters=defer_batch,sched_interval=1,bf_interval=1
# There is no accounting database. What a job came to is known to the controller for MinJobAge seconds; with the usual
# 300 the tests could not look back on a whole run.
AccountingStorageType=accounting_storage/none
MinJobAge=7200
# A step that takes more memory than it asked for is killed, within a second.
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
GresTypes=gpu
SlurmdParameters=config_overrides
ReturnToService=2
KillWait=2
NodeName=node1 NodeHostname={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory} Gres=gpu:1 State=UNKNOWN
PartitionName=cpu Nodes=node1 Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes=node1 MaxTime=INFINITE State=UP
"""


def missing():
    """The programs that are not there."""
    return [program for program in PROGRAMS if not shutil.which(program, path=PATH)]


def processes(folder):
    """What runs of the cluster in a folder, its jobs included."""
    conf = str(folder / "slurm.conf")
    found = psutil.process_iter(["environ"])
    return [process for process in found if (process.info["environ"] or {}).get("SLURM_CONF") == conf]


class Cluster:
    """A running cluster; ``environment`` is what a user's shell on its login node has."""

    def __init__(self, folder):
        self.folder = folder
        path = os.pathsep.join([str(folder / "bin"), PATH])
        self.environment = {**os.environ, "PATH": path, "SLURM_CONF": str(folder / "slurm.conf")}

    def call(self, *command):
        """The output of one of Slurm's commands."""
        return subprocess.run(
            command, env=self.environment, check=True, encoding="utf-8", stdout=subprocess.PIPE, timeout=60
        ).stdout

    def jobs(self):
        """Every job so far: number → state, name (of the rule), memory, partition, resources."""
        printed = self.call("squeue", "--states=all", "--noheader", "--format=%i\t%T\t%k\t%m\t%P\t%b\t%r")
        names = ("id", "state", "comment", "memory", "partition", "gres", "reason")
        return [dict(zip(names, line.split("\t"), strict=True)) for line in printed.splitlines()]


@contextmanager
def cluster(folder, cpus=2, memory=16000):
    """Start a cluster in an empty folder, and stop all that was started.

    Parameters
    ----------
    folder : Path
        With a short path, since a socket lies in it.
    cpus, memory : int
        Of the one node; the memory in megabytes. They need not be those of this machine.

    Yields
    ------
    Cluster
    """
    for name in ("munge", "state", "spool"):
        (folder / name).mkdir(parents=True)
    (folder / "munge").chmod(0o755)
    key = folder / "munge" / "key"
    key.write_bytes(os.urandom(128))
    key.chmod(0o400)
    (folder / "slurm.conf").write_text(
        SLURM_CONF.format(
            folder=folder, user=getpass.getuser(), host=socket.gethostname(), ports=_free_ports(2), cpus=cpus,
            memory=memory,
        )
    )  # fmt: skip
    (folder / "gres.conf").write_text("NodeName=node1 Name=gpu File=/dev/zero\n")
    # Within a job Snakemake calls srun without SLURM_CONF, since a cluster's configuration commonly lies in /etc.
    (folder / "bin").mkdir()
    srun = folder / "bin" / "srun"
    srun.write_text(f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {shutil.which("srun", path=PATH)} "$@"\n')
    srun.chmod(0o755)
    made = Cluster(folder)
    munge = [
        f"--{name}={folder}/munge/{name.split('-')[0]}"
        for name in ("socket", "key-file", "log-file", "pid-file", "seed-file")
    ]
    daemons = []
    try:
        for command in (
            ["munged", "--foreground", "--force", *munge],
            ["slurmctld", "-D"],
            ["slurmd", "-D", "-N", "node1"],
        ):
            with open(folder / f"{command[0]}.out", "wb") as out:
                daemons.append(
                    subprocess.Popen(
                        [shutil.which(command[0], path=PATH), *command[1:]],
                        env=made.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                    )
                )  # fmt: skip
            if command[0] == "munged":
                _wait_until(folder.joinpath("munge", "socket").exists, daemons, folder)
        _wait_until(lambda: "idle" in made.call("sinfo", "--noheader", "--format=%T"), daemons, folder)
        yield made
    finally:
        for daemon in reversed(daemons):
            _stop(daemon)
        for process in processes(folder):  # of jobs that were still running
            with suppress(psutil.NoSuchProcess):
                process.kill()


def _wait_until(condition, daemons, folder, seconds=60):
    for _ in range(10 * seconds):
        if any(daemon.poll() is not None for daemon in daemons):
            break
        try:
            if condition():
                return
        except subprocess.CalledProcessError:
            pass
        time.sleep(0.1)
    logs = "\n".join(path.read_text()[-2000:] for path in folder.glob("*.out"))
    raise RuntimeError(f"the cluster did not start\n{logs}")


def _stop(daemon):
    daemon.terminate()
    try:
        daemon.wait(10)
    except subprocess.TimeoutExpired:
        daemon.kill()


def _free_ports(n):
    sockets = [socket.socket() for _ in range(n)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports
