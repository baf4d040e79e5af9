#!/usr/bin/env python3
"""What somebody who sits at the machine loses to flipd: a program of theirs that wants every processor, alone and while a
video is converted.

    sudo bench/neighbour.py [--pairs 3] [--seconds 10]

For a machine on which flipd runs as its service, with nothing else to do: it drops a clip into the drop folder, which goes
into the archive, and stops and starts the service. Where systemd cannot weigh groups (a container without the
controller), the figure is the kernel's own.
Prints its figures, one to a line. Needs ffmpeg and openssl.
"""
import argparse
import json
import os
import re
import statistics
import subprocess
import time

DROP = "/srv/flipd/incoming"


def status():
    told = subprocess.run(["flipctl", "--json", "status"], stdout=subprocess.PIPE, check=True).stdout
    return json.loads(told)


def converting():
    return any(job["stage"] == "transcode" for job in status()["jobs"])


def systemctl(verb):
    subprocess.run(["systemctl", verb, "flipd"], check=True)


def drop(seconds):
    """A clip that is converted for longer than it plays: noise is hard work for an encoder."""
    subprocess.run(
        ["ffmpeg", "-nostdin", "-y", "-v", "error", "-f", "lavfi", "-i",
         f"testsrc2=size=1280x720:rate=30:duration={seconds},noise=alls=30:allf=t", "-c:v", "libx264", "-preset",
         "ultrafast", "-crf", "30",
         "-metadata", f"title={time.time()}", f"{DROP}/.neighbour.mov"], check=True)
    os.rename(f"{DROP}/.neighbour.mov", f"{DROP}/neighbour.mov")


def wait(what, until, timeout_s=300):
    end = time.monotonic() + timeout_s
    while not until():
        if time.monotonic() > end:
            raise SystemExit(f"It took too long until {what}.")
        time.sleep(0.2)


def neighbour(seconds, processors):
    """Megabytes a second, by a program of a user's."""
    told = subprocess.run(
        ["systemd-run", "--quiet", "--wait", "--pipe", "--collect", "--slice=user.slice", "openssl", "speed", "-multi",
         str(processors), "-seconds", str(seconds), "-bytes", "16384", "sha256"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout.decode()
    return float(re.findall(r"sha256\s+([0-9.]+)k", told)[-1]) / 1000


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=10)
    options = parser.parse_args()
    processors = os.cpu_count()
    drop(options.pairs * 3 * options.seconds)
    ratios = []
    for number in range(options.pairs):
        systemctl("stop")
        alone = neighbour(options.seconds, processors)
        systemctl("start")
        wait("the clip is converted", converting)
        beside = neighbour(options.seconds, processors)
        if not converting():
            raise SystemExit("The conversion ended too early to be measured beside.")
        ratios.append(beside / alone)
        print(f"pair {number + 1}: alone {alone:.0f} MB/s, beside a conversion {beside:.0f} MB/s: {ratios[-1]:.2f}")
    print(f"median of {options.pairs}: {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
