#!/usr/bin/env python3
"""What the house costs: at rest, at its start, for each worker, and after a thousand files.

    make build && bench/house.py [--files 1000] [--built .build/release]

Prints its figures, one to a line. It works in a folder of its own
below the system's temporary one and ends what it started. Needs ffmpeg, for one small clip.
"""
import argparse
import glob
import json
import os
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time

QUICK = ["--set", "Intake.Settle=0.2s", "--set", "Video.Preset=ultrafast"]


class Daemon:
    """A flipd on a folder, started with a readiness socket of ours."""

    def __init__(self, built, root):
        self.built, self.root = built, root
        self.notify_path = os.path.join(root, "notify")
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(self.notify_path)
        began = time.monotonic()
        self.process = subprocess.Popen(
            [os.path.join(built, "flipd"), "--root", root, *QUICK],
            env={**os.environ, "NOTIFY_SOCKET": self.notify_path},
            stdout=subprocess.DEVNULL, stderr=open(os.path.join(root, "log"), "ab"))
        notify.settimeout(30)
        while b"READY=1" not in notify.recv(4096):
            pass
        self.ready_s = time.monotonic() - began
        notify.close()
        os.unlink(self.notify_path)

    def ask(self, path):
        answer = subprocess.run(
            ["curl", "-s", "--unix-socket", f"{self.root}/run/status.sock", f"http://flipd{path}"],
            check=True, capture_output=True)
        return json.loads(answer.stdout)

    def wait(self, what, condition, seconds=3600):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                sys.exit(f"after {seconds} s it is not true that {what}")
            time.sleep(0.1)

    def proc(self, name):
        with open(f"/proc/{self.process.pid}/{name}") as file:
            return file.read()

    def resident_kb(self):
        return int(next(line for line in self.proc("status").splitlines() if line.startswith("VmRSS")).split()[1])

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def switches(self):
        total = 0
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/status"):
            with open(path) as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("voluntary"))
        return total

    def resident_by_library(self):
        sizes, name = {}, ""
        for line in self.proc("smaps").splitlines():
            words = line.split()
            if words and "-" in words[0] and not words[0].endswith(":"):
                name = os.path.basename(words[5]) if len(words) > 5 else "(other)"
            elif words and words[0] == "Rss:":
                sizes[name] = sizes.get(name, 0) + int(words[1])
        return sorted(sizes.items(), key=lambda entry: -entry[1])

    def stop(self):
        self.process.terminate()
        self.process.wait()


def drop(root, name, data):
    """As one rename, so that only the settling itself is waited for."""
    hidden = f"{root}/incoming/.{name}"
    with open(hidden, "wb") as file:
        file.write(data)
    os.rename(hidden, f"{root}/incoming/{name}")


def clip(folder):
    path = os.path.join(folder, "clip.mp4")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=160x120:r=10:d=1",
         "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", path], check=True)
    with open(path, "rb") as file:
        return file.read()


def distinct(clip_bytes, number):
    """The same clip with other bytes: a `free` box at its end."""
    return clip_bytes + struct.pack(">I4sQ", 16, b"free", number)


def timed(text):
    hour, minute, second = text.rstrip("Z").split("T")[1].split(":")
    return int(hour) * 3600 + int(minute) * 60 + float(second)


def say(what, figure):
    print(f"{what:<58} {figure}", flush=True)


def at_rest(daemon):
    time.sleep(6)
    say("resident at rest", f"{daemon.resident_kb() / 1024:.1f} MB")
    for name, size in daemon.resident_by_library()[:10]:
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
    before = daemon.resident_kb(), daemon.descriptors()
    began = time.monotonic()
    for number in range(count):
        drop(daemon.root, f"text{number}.txt", f"no video {number}\n".encode())
    daemon.wait("all are handed back", lambda: daemon.ask("/v1/status")["counts"]["failed"] >= count)
    seconds = time.monotonic() - began
    time.sleep(8)
    after = daemon.resident_kb(), daemon.descriptors()
    say(f"{count} files through a worker each", f"{seconds:.0f} s, {count / seconds:.1f} a second")
    say("resident before and after them", f"{before[0] / 1024:.1f} MB, {after[0] / 1024:.1f} MB")
    say("descriptors before and after them", f"{before[1]}, {after[1]}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--built", default=".build/release")
    parser.add_argument("--files", type=int, default=1000)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="flipd-bench-")
    try:
        starts = []
        for number in range(20):
            root = f"{folder}/start{number}"
            os.mkdir(root)
            daemon = Daemon(options.built, root)
            starts.append(daemon.ready_s * 1000)
            daemon.stop()
        say("start to READY=1 with an empty ledger, median of 20", f"{statistics.median(starts):.0f} ms")
        root = f"{folder}/house"
        os.mkdir(root)
        daemon = Daemon(options.built, root)
        try:
            at_rest(daemon)
            workers(daemon, clip(folder), 50)
            many(daemon, options.files)
        finally:
            daemon.stop()
    finally:
        subprocess.run(["chmod", "-R", "u+w", folder])
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
