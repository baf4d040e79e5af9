#!/usr/bin/env python3
"""What the house costs: at rest, at its start, for each worker, and after a thousand files.

    make build && bench/house.py [--files 1000] [--built .build/release]

Prints its figures, one to a line. It works in a folder of its own
below the system's temporary one and ends what it started. Needs ffmpeg, for one small clip.
"""
import argparse
import os
import statistics
import time

from flipd import clip, distinct, drop, running, say, scratch, timed


def resident_by_library(daemon):
    sizes, name = {}, ""
    for line in daemon.proc("smaps").splitlines():
        words = line.split()
        if words and "-" in words[0] and not words[0].endswith(":"):
            name = os.path.basename(words[5]) if len(words) > 5 else "(other)"
        elif words and words[0] == "Rss:":
            sizes[name] = sizes.get(name, 0) + int(words[1])
    return sorted(sizes.items(), key=lambda entry: -entry[1])


def at_rest(daemon):
    time.sleep(6)
    say("resident at rest", f"{daemon.memory_mb():.1f} MB")
    for name, size in resident_by_library(daemon)[:10]:
        say(f"  of it {name}", f"{size / 1024:.1f} MB")
    before = daemon.switches()
    time.sleep(30)
    say("voluntary context switches in 30 s at rest", daemon.switches() - before)
    say("threads / descriptors", f"{len(os.listdir(f'/proc/{daemon.process.pid}/task'))} / {daemon.descriptors()}")


def workers(daemon, clip_bytes, count):
    """From the hash (the asset exists) to the worker's first line, each dropped when the last one is done."""
    waits = []
    for number in range(count):
        name = f"worker{number}.mp4"
        drop(daemon.root, name, distinct(clip_bytes, number))
        daemon.wait(f"{name} is ready", lambda: daemon.ask(f"/v1/assets?state=ready&name={name}")["assets"])
        found = daemon.ask(f"/v1/assets?name={name}")["assets"][0]["id"]
        events = {event["what"]: event for event in daemon.ask(f"/v1/assets/{found}")["events"]}
        preview = events["derivation"]
        began_s = timed(preview["at"]) - preview["seconds"]
        first_word_ms = float(preview["detail"].split()[-2])
        waits.append((began_s - timed(events["message digest calculation"]["at"])) * 1000 + first_word_ms)
    say(f"from taken to the worker's first line, median of {count}", f"{statistics.median(waits):.0f} ms")


def many(daemon, count):
    """Files that each cost a worker and are handed back."""
    time.sleep(6)
    before = daemon.memory_mb(), daemon.descriptors()
    began = time.monotonic()
    for number in range(count):
        drop(daemon.root, f"text{number}.txt", f"no video {number}\n".encode())
    daemon.wait("all are handed back", lambda: daemon.ask("/v1/status")["counts"]["failed"] >= count)
    seconds = time.monotonic() - began
    time.sleep(8)
    after = daemon.memory_mb(), daemon.descriptors()
    say(f"{count} files through a worker each", f"{seconds:.0f} s, {count / seconds:.1f} a second")
    say("resident before and after them", f"{before[0]:.1f} MB, {after[0]:.1f} MB")
    say("descriptors before and after them", f"{before[1]}, {after[1]}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--built", default=".build/release")
    parser.add_argument("--files", type=int, default=1000)
    options = parser.parse_args()
    with scratch() as folder:
        starts = []
        for number in range(20):
            with running(options.built, f"{folder}/start{number}") as daemon:
                starts.append(daemon.ready_s * 1000)
        say("start to READY=1 with an empty ledger, median of 20", f"{statistics.median(starts):.0f} ms")
        with running(options.built, f"{folder}/house") as daemon:
            at_rest(daemon)
            workers(daemon, clip(folder), 50)
            many(daemon, options.files)


if __name__ == "__main__":
    main()
