#!/usr/bin/env python3
"""What taking files in costs: bursts, a large file, durability of small ones, and how soon a file is picked up.

    make build && bench/intake.py [burst down large durable latency] [--built .build/release] [--in FOLDER]

Prints its figures, one to a line. It works in a folder of its own, which must be on a real disk: below `.build`, or
where --in says. It ends what it started, and removes its files. Needs ffmpeg for one small clip, openssl to compare
with, and strace to count what is synced. Without a part named it does all; `large` needs 2 GiB of disk and memory.
"""
import argparse
import json
import multiprocessing
import os
import random
import statistics
import struct
import subprocess
import sys
import threading
import time

import flipd
from flipd import Connection, clip, distinct, remove, running, say, scratch, timed


class Polling:
    """Asks for the status again and again, from a process of its own. Notes how long each answer took, and by how much
    each of its own pauses was too long, which is what the machine does to everybody; in ms."""

    PAUSE_S = 0.02

    def __init__(self, root):
        self.ours, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=self.poll, args=(root, theirs), daemon=True)
        self.process.start()
        self.ours.recv()

    def poll(self, root, theirs):
        took_ms, late_ms = [], []
        flipd.ask(root, "/v1/status")
        theirs.send("begun")
        paused = time.monotonic()
        while not theirs.poll(self.PAUSE_S):
            began = time.monotonic()
            late_ms.append((began - paused - self.PAUSE_S) * 1000)
            flipd.ask(root, "/v1/status")
            paused = time.monotonic()
            took_ms.append((paused - began) * 1000)
        theirs.send((took_ms, late_ms))

    def stop(self):
        self.ours.send("stop")
        took_ms, late_ms = self.ours.recv()
        self.process.join()
        say(f"  status, {len(took_ms)} answers: median, 99th, maximum", three(took_ms))
        say("  the machine was late by, meanwhile", three(late_ms))


def at_hundredth(values, hundredth):
    return sorted(values)[min(len(values) - 1, len(values) * hundredth // 100)]


def three(values):
    """Median, 99th percentile and maximum."""
    return f"{statistics.median(values):.1f}, {at_hundredth(values, 99):.1f}, {max(values):.1f} ms"


def fill(folder, clip_bytes, numbers):
    """Small distinct clips, on the disk already."""
    os.makedirs(folder)
    for number in numbers:
        with open(f"{folder}/clip{number}.mp4", "wb") as file:
            file.write(distinct(clip_bytes, number))
    os.sync()


def recorded(daemon):
    return sum(daemon.ask("/v1/status")["counts"].values())


def rate(assets):
    """Files taken in a second, from the first to the last."""
    times = sorted(timed(asset["received_at"]) for asset in assets)
    return (len(times) - 1) / (times[-1] - times[0])


def check(daemon, count):
    """Every file has one row and one original, and none is left."""
    assets = list(daemon.assets())
    originals = sum(len(files) for _, _, files in os.walk(f"{daemon.root}/library/originals"))
    left = sum(len(files) for _, _, files in os.walk(f"{daemon.root}/incoming"))
    names = len({asset["source_name"] for asset in assets})
    digests = len({asset["sha256"] for asset in assets})
    say("  rows, names, digests, originals, left in incoming",
        f"{len(assets)}, {names}, {digests}, {originals}, {left}")
    if (len(assets), names, digests, originals, left) != (count, count, count, count, 0):
        sys.exit("not every file was recorded exactly once")
    return assets


def all_recorded(daemon, count, began):
    """Waits for all rows, and says what that cost."""
    daemon.wait("all are recorded", lambda: recorded(daemon) >= count, step_s=0.5)
    seconds = time.monotonic() - began
    now, peak = daemon.memory_mb(), daemon.memory_mb("VmHWM")
    assets = check(daemon, count)
    say("  recorded, all / the rate from the first to the last", f"{seconds:.1f} s / {rate(assets):.0f} a second")
    return peak, now


def burst(built, folder, clip_bytes, count, how):
    """Files dropped at once while flipd runs and somebody watches."""
    root = f"{folder}/burst-{how}"
    say(f"{count} files dropped at once, {how}", "")
    fill(f"{folder}/files", clip_bytes, range(count))
    with running(built, root) as daemon:
        time.sleep(5)
        before = daemon.memory_mb()
        with open(f"{folder}/watched", "wb") as watched:
            watch = subprocess.Popen([f"{built}/flipctl", "--root", root, "watch"], stdout=watched)
        polling = Polling(root)
        daemon.forget_peak()
        began = time.monotonic()
        if how == "as one folder":
            os.rename(f"{folder}/files", f"{root}/incoming/Burst")
        else:
            subprocess.run(["cp", "-r", f"{folder}/files", f"{root}/incoming/Burst"], check=True)
            say("  copying alone", f"{time.monotonic() - began:.1f} s")
        peak, now = all_recorded(daemon, count, began)
        polling.stop()
        say("  resident before, peak, when recorded", f"{before:.1f}, {peak:.1f}, {now:.1f} MB")
        watch.terminate()
        watch.wait()
        say("  stopped with all of them waiting for their workers", f"{daemon.stop():.1f} s")
    with running(built, root) as daemon:
        say("  started again, to READY=1", f"{daemon.ready_s:.1f} s")
    remove(root)
    remove(f"{folder}/files")


def down(built, folder, clip_bytes, count):
    """Files that are dropped while flipd is not there."""
    root = f"{folder}/down"
    say(f"{count} files dropped while flipd is down", "")
    with running(built, root) as daemon:
        time.sleep(5)
        before = daemon.memory_mb()
    fill(f"{root}/incoming/Burst", clip_bytes, range(count))
    with running(built, root) as daemon:
        say("  start to READY=1", f"{daemon.ready_s * 1000:.0f} ms")
        polling = Polling(root)
        peak, now = all_recorded(daemon, count, daemon.started)
        polling.stop()
        say("  resident of an empty one, peak, when recorded", f"{before:.1f}, {peak:.1f}, {now:.1f} MB")
    remove(root)


def write_large(path, clip_bytes, size):
    """A whole video of that many bytes: the clip, and a `free` box of random ones."""
    with open(path, "wb") as file:
        file.write(clip_bytes + struct.pack(">I4s", size - len(clip_bytes), b"free"))
        while file.tell() < size:
            file.write(os.urandom(min(16 << 20, size - file.tell())))
    os.sync()


def openssl(path):
    began = time.monotonic()
    subprocess.run(["openssl", "dgst", "-sha256", path], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


def record_one(built, root, path):
    """From its rename into the drop folder to its row, without the time to settle; and the hash alone."""
    with running(built, root) as daemon:
        began = time.monotonic()
        os.rename(path, f"{root}/incoming/large.mp4")
        daemon.wait("it is recorded", lambda: recorded(daemon), step_s=0.005)
        whole = time.monotonic() - began - 0.2
        found = next(daemon.assets())
        events = daemon.ask(f"/v1/assets/{found['id']}")["events"]
        alone = next(event["seconds"] for event in events if event["what"] == "message digest calculation")
    return whole, alone, f"{root}/library/{found['original']}"


def large(built, folder, clip_bytes, rounds, size):
    """Next to openssl on the same bytes, by turns before and after."""
    ours, alone, theirs = [], [], []
    for number in range(rounds):
        root, path = f"{folder}/large{number}", f"{folder}/large.mp4"
        write_large(path, clip_bytes, size)
        if number % 2 == 0:
            theirs.append(openssl(path))
        whole, hashing, path = record_one(built, root, path)
        ours.append(whole)
        alone.append(hashing)
        if number % 2 == 1:
            theirs.append(openssl(path))
        remove(root)
    say(f"a file of {size / (1 << 30):g} GiB, {rounds} rounds", "")
    for what, times in (("openssl dgst -sha256", theirs), ("recording it", ours), ("  its hash alone", alone)):
        say(f"  {what}, median (each)", f"{statistics.median(times):.2f} s ({', '.join(f'{t:.2f}' for t in times)})")
    say("  recording / openssl, ratio of the medians", f"{statistics.median(ours) / statistics.median(theirs):.2f}")


def sync_rates(folder, seconds=3):
    """The disk's own rates: syncs of one growing file; and new files of 4 KiB, each synced together with its name."""
    block = os.urandom(4096)
    one = os.open(f"{folder}/one", os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    count, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        os.write(one, block)
        os.fsync(one)
        count += 1
    appends = count / seconds
    os.makedirs(f"{folder}/new", exist_ok=True)
    parent = os.open(f"{folder}/new", os.O_RDONLY)
    count, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        file = os.open(f"{folder}/new/{time.monotonic_ns()}", os.O_CREAT | os.O_WRONLY)
        os.write(file, block)
        os.fsync(file)
        os.close(file)
        os.fsync(parent)
        count += 1
    os.close(one)
    os.close(parent)
    return appends, count / seconds


def idle_workers(folder):
    """Settings with which a worker only waits, so that taking in has the machine for itself."""
    script = f"{folder}/wait"
    with open(script, "w") as file:
        file.write("#!/bin/sh\nexec sleep 3600\n")
    os.chmod(script, 0o755)
    return ["--set", f"Worker.Launch={script}"]


def record_many(built, folder, clip_bytes, count, under=()):
    """Small files alone, without workers; answers the rate."""
    root = f"{folder}/many"
    with running(built, root, idle_workers(folder), under) as daemon:
        fill(f"{folder}/files", clip_bytes, range(count))
        os.rename(f"{folder}/files", f"{root}/incoming/Burst")
        daemon.wait("all are recorded", lambda: recorded(daemon) >= count, step_s=0.5)
        result = rate(list(daemon.assets()))
    remove(root)
    return result


def syncs_of(built, folder, clip_bytes, count=200):
    """How often flipd syncs for each file. More than one run, so that start and end do not count."""
    def total(number):
        trace = f"{folder}/trace"
        record_many(built, folder, clip_bytes, number, ["strace", "-D", "-f", "-qq", "-e", "trace=fsync,fdatasync",
                                                        "-o", trace])
        with open(trace) as file:
            return sum("sync(" in line for line in file)
    return (total(count + 20) - total(20)) / count


def durable(built, folder, clip_bytes, count, rounds=3):
    """Next to the disk's own rates, by turns."""
    syncs = syncs_of(built, folder, clip_bytes)
    rates, appends, files = [], [], []
    for _ in range(rounds):
        append, file = sync_rates(folder)
        appends.append(append)
        files.append(file)
        rates.append(record_many(built, folder, clip_bytes, count))
    ours, append, file = (statistics.median(values) for values in (rates, appends, files))
    say(f"{count} small files recorded durably, {rounds} rounds", "")
    say("  the disk: 4 KiB appended and synced", f"{append:.0f} a second")
    say("  the disk: a new file of 4 KiB, it and its folder synced", f"{file:.0f} files a second")
    say("  flipd, median (each)", f"{ours:.0f} files a second ({', '.join(f'{r:.0f}' for r in rates)})")
    say("  syncs for each file", f"{syncs:.1f}")
    say("  flipd's syncs / the disk's, a second", f"{ours * syncs:.0f} / {append:.0f} = {ours * syncs / append:.2f}")


class Watching(threading.Thread):
    """Notes when each file is first told of on the live stream, which is right after its row is written."""

    def __init__(self, root):
        super().__init__(daemon=True)
        self.seen = {}
        self.news = threading.Condition()
        connection = Connection(f"{root}/run/status.sock")
        connection.request("GET", "/v1/events")
        self.answer = connection.getresponse()
        self.start()

    def run(self):
        event = b""
        for line in self.answer:
            if line.startswith(b"event: "):
                event = line.split()[1]
            elif line.startswith(b"data: ") and event == b"asset":
                now = time.monotonic()
                name = json.loads(line[6:])["source_name"]
                with self.news:
                    self.seen.setdefault(name, now)
                    self.news.notify_all()

    def wait(self, name):
        with self.news:
            if not self.news.wait_for(lambda: name in self.seen, timeout=60):
                sys.exit(f"{name} was not recorded within a minute")
            return self.seen[name]


def latency(built, folder, clip_bytes, count):
    """From the last close to the row."""
    root, waits_ms = f"{folder}/latency", []
    with running(built, root, ["--set", "Intake.Settle=1s"]) as daemon:
        watching = Watching(root)
        for number in range(count):
            name = f"clip{number}.mp4"
            with open(f"{root}/incoming/{name}", "wb") as file:
                file.write(distinct(clip_bytes, number))
            closed = time.monotonic()
            waits_ms.append((watching.wait(name) - closed) * 1000)
            time.sleep(random.uniform(0.2, 0.5))
        check(daemon, count)
    say(f"last close to recorded, Settle=1s, {count} singly: median, 99th, max.", three(waits_ms))


def main():
    parser = argparse.ArgumentParser()
    parts = ["burst", "down", "large", "durable", "latency"]
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(parts))
    parser.add_argument("--built", default=".build/release")
    parser.add_argument("--in", dest="below", default=".build")
    parser.add_argument("--files", type=int, default=10000, help="how many make a burst")
    parser.add_argument("--rounds", type=int, default=5, help="with the large file")
    parser.add_argument("--size", type=float, default=2, help="of the large file, in GiB")
    parser.add_argument("--singly", type=int, default=200, help="how many are dropped singly")
    options = parser.parse_args()
    if unknown := set(options.parts) - set(parts):
        parser.error(f"{', '.join(unknown)}: no such part; there are {', '.join(parts)}")
    chosen = options.parts or parts
    with scratch(os.path.abspath(options.below)) as folder:
        built, clip_bytes = os.path.abspath(options.built), clip(folder)
        say("one small clip", f"{len(clip_bytes)} bytes")
        if "burst" in chosen:
            for how in ("as one folder", "by cp"):
                burst(built, folder, clip_bytes, options.files, how)
        if "down" in chosen:
            down(built, folder, clip_bytes, options.files // 10)
        if "large" in chosen:
            large(built, folder, clip_bytes, options.rounds, int(options.size * (1 << 30)))
        if "durable" in chosen:
            durable(built, folder, clip_bytes, options.files // 5)
        if "latency" in chosen:
            latency(built, folder, clip_bytes, options.singly)


if __name__ == "__main__":
    main()
