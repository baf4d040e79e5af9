#!/usr/bin/env python3
"""What it costs to keep an archive: reading everything again, a ledger that grows, and one that is made anew.

    make build && bench/archive.py [--verify MB] [--leftovers N] [--ledger N …] [--rebuild N] [--built .build/release]

Prints its figures, one to a line. It works in folders of its own below the system's temporary one (or --below) and ends
what it started. Needs ffmpeg, for one small clip, and openssl, to compare with.
"""
import argparse
import copy
import glob
import hashlib
import json
import os
import sqlite3
import statistics
import struct
import subprocess
import time
import uuid

from flipd import clip, drop, running, say, scratch

FIVE_YEARS_MS = 5 * 365 * 86400 * 1000


def uuid7(milliseconds, number):
    """As flipd makes them: 48 bits of time, 12 that count, and the rest by chance."""
    chance = int.from_bytes(os.urandom(8), "big") >> 2
    return str(uuid.UUID(int=milliseconds << 80 | 7 << 76 | (number & 0xFFF) << 64 | 0b10 << 62 | chance))


def spread(count):
    """As many ids, evenly over the last five years, oldest first."""
    now = int(time.time() * 1000)
    return [uuid7(now - FIVE_YEARS_MS + FIVE_YEARS_MS * n // count, n) for n in range(count)]


def published(daemon):
    """One asset as flipd itself makes it, to make others like it."""
    daemon.wait("a clip is published", lambda: daemon.ask("/v1/assets?state=ready")["assets"])
    return daemon.ask("/v1/assets?state=ready")["assets"][0]["id"]


# What is read again


def verify(built, megabytes, below):
    with scratch(below) as root, running(built, root) as daemon:
        clip_bytes = clip(root)
        files = max(1, megabytes // 200)
        size = megabytes * 1_000_000 // files
        for number in range(files):
            # Random bytes behind the clip: a large original, and a small video.
            drop(root, f"{number}.mp4", clip_bytes + struct.pack(">I4s", size, b"free") + os.urandom(size - 8))
        daemon.wait("all are published", lambda: daemon.ask("/v1/status")["counts"]["ready"] == files)
        names = [path for kind in ("media", "originals") for path in
                 glob.glob(f"{root}/library/{kind}/**", recursive=True) if os.path.isfile(path)]
        read_bytes = sum(os.path.getsize(path) for path in names)
        times = {"flipctl verify --all": [], "openssl dgst -sha256": []}
        for _ in range(5):
            for what, command in (("openssl dgst -sha256", ["openssl", "dgst", "-sha256", *names]),
                                  ("flipctl verify --all", [f"{built}/flipctl", "--root", root, "verify", "--all"])):
                began = time.monotonic()
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
                times[what].append(time.monotonic() - began)
        for what, taken in times.items():
            say(f"{what}, {read_bytes / 1e9:.2f} GB, median of 5",
                f"{statistics.median(taken):.2f} s, {read_bytes / 1e6 / statistics.median(taken):.0f} MB/s")
        ratio = statistics.median(a / b for a, b in zip(*times.values()))
        say("  time of ours by theirs, median of pairs", f"{ratio:.2f}")


# What crashes leave


def leftovers(built, count, below):
    with scratch(below) as root:
        with running(built, root) as daemon:
            clean_s = daemon.ready_s
        for number in range(count):
            folder = f"{root}/library/.staging/{uuid7(int(time.time() * 1000), number)}.0"
            os.makedirs(folder)
            for name in ("a.mp4", "a-poster.jpg", "a-thumb.jpg"):
                write(f"{folder}/{name}", "left over")
        with running(built, root) as daemon:
            left = len(os.listdir(f"{root}/library/.staging"))
            say(f"{count:,} leftovers in staging: start to ready, beside one without",
                f"{daemon.ready_s * 1000:.0f} ms, {clean_s * 1000:.0f} ms ({left} left)")


# A ledger that grows


def grow(path, like, count):
    """Copies one row, with all that belongs to it, under as many other ids."""
    ledger = sqlite3.connect(path)
    ledger.execute("PRAGMA synchronous = OFF")
    def columns(table):
        return [row[1] for row in ledger.execute(f"PRAGMA table_info({table})")]
    def copying(table, key, changed):
        names = columns(table)
        values = ", ".join(changed.get(name, name) for name in names)
        return f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} WHERE {key} = '{like}'"
    # As a trunk for the bytes: a hash of its own for each.
    asset = copying("asset", "id", {
        "id": "?1", "sha256": "?2", "received_at": "?3", "published_at": "?3 + 60000", "ended_at": "?3 + 60000",
        "collection_text": "?4"})
    others = [copying(table, "asset", {"asset": "?1"}) for table in ("rendition", "event")]
    began = time.monotonic()
    with ledger:
        for number, id in enumerate(spread(count)):
            at = int(id.replace("-", "")[:12], 16)
            ledger.execute(asset, (id, hashlib.sha256(id.encode()).hexdigest(), at, f"Collection {number % 40}"))
            for other in others:
                ledger.execute(other, (id,))
    ledger.close()
    return time.monotonic() - began


def timed_ask(daemon, path, times=20):
    taken = []
    for _ in range(times):
        began = time.monotonic()
        daemon.ask(path)
        taken.append((time.monotonic() - began) * 1000)
    return statistics.median(taken)


def ledgers(built, counts, below):
    for count in counts:
        with scratch(below) as root:
            with running(built, root) as daemon:
                drop(root, "a.mp4", clip(root))
                like = published(daemon)
            path = f"{root}/state/ledger.sqlite"
            made_s = grow(path, like, count - 1) if count > 1 else 0
            with running(built, root) as daemon:
                size = os.path.getsize(path) / 1e6
                say(f"a ledger of {count:,} assets", f"{size:.0f} MB, made in {made_s:.0f} s")
                say("  from start to ready", f"{daemon.ready_s * 1000:.0f} ms")
                for what, asked in (("status", "/v1/status"), ("a page of 50", "/v1/assets?limit=50"),
                                    ("a page of 50 by name", "/v1/assets?limit=50&name=a.mp4"),
                                    ("one asset", f"/v1/assets/{like}"), ("usage", "/v1/usage")):
                    say(f"  {what}, median of 20", f"{timed_ask(daemon, asked):.1f} ms")
                began = time.monotonic()
                daemon.ask("/v1/snapshot", "POST")
                say("  a snapshot", f"{time.monotonic() - began:.2f} s")
                say("  resident after all that", f"{daemon.memory_mb():.1f} MB")


# One that is made anew


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def multiply(library, like, ids):
    """Published folders like one, under other ids, with their lines in the record. The videos are one file with many
    names: what counts is how many folders there are."""
    source = next(iter(glob.glob(f"{library}/media/*/*/*/{like}")))
    with open(f"{source}/{like}.json", encoding="utf-8") as file:
        sidecar = json.load(file)
    lines = []
    for record in sorted(glob.glob(f"{library}/record/*/*.jsonl")):
        with open(record, encoding="utf-8") as file:
            lines += [json.loads(line) for line in file]
    days = {}
    for id in ids:
        at = int(id.replace("-", "")[:12], 16) / 1000
        day = time.strftime("%Y/%m/%d", time.gmtime(at))
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(at))
        folder = f"{library}/media/{day}/{id}"
        os.makedirs(folder)
        for name in os.listdir(source):
            if name.endswith((".mp4", ".jpg")):
                os.link(f"{source}/{name}", f"{folder}/{name.replace(like, id)}")
        own = copy.deepcopy(sidecar)
        own.update(id=id, received_at=stamp, published_at=stamp, original=None,
                   sha256=hashlib.sha256(id.encode()).hexdigest())
        for rendition in own["renditions"]:
            rendition["file"] = rendition["file"].replace(like, id)
        text = json.dumps(own, indent=2)
        write(f"{folder}/{id}.json", text)
        sums = [f"{r['sha256']}  {r['file']}" for r in own["renditions"]]
        sums.append(f"{hashlib.sha256(text.encode()).hexdigest()}  {id}.json")
        write(f"{folder}/SHA256SUMS", "\n".join(sorted(sums)) + "\n")
        os.chmod(folder, 0o555)
        for line in lines:
            line = json.loads(json.dumps(line).replace(like, id))
            line["at"] = stamp
            if "original" in line:
                line["original"] = f"originals/{day}/{id}.mp4"
            if "sha256" in line:
                line["sha256"] = own["sha256"]
            days.setdefault(day, []).append(json.dumps(line))
    for day, said in days.items():
        year = f"{library}/record/{day[:4]}"
        os.makedirs(year, exist_ok=True)
        with open(f"{year}/{day.replace('/', '-')}.jsonl", "a", encoding="utf-8") as file:
            file.write("\n".join(said) + "\n")


def rebuild(built, count, below):
    with scratch(below) as root:
        with running(built, root) as daemon:
            drop(root, "a.mp4", clip(root))
            like = published(daemon)
        multiply(f"{root}/library", like, spread(count - 1))
        for state in glob.glob(f"{root}/state/ledger.sqlite*"):
            os.unlink(state)
        began = time.monotonic()
        subprocess.run([f"{built}/flipd", "--root", root, "--rebuild"], check=True, stderr=subprocess.DEVNULL)
        taken = time.monotonic() - began
        say(f"a ledger made anew from {count:,} folders and their record", f"{taken:.1f} s, {count / taken:.0f} assets/s")
        with running(built, root) as daemon:
            counts = daemon.ask("/v1/status")["counts"]
            say("  assets that are ready afterwards", counts["ready"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--built", default=".build/release")
    parser.add_argument("--below", help="where to work; needs twice the room of --verify")
    parser.add_argument("--verify", type=int, default=2000, metavar="MB")
    parser.add_argument("--ledger", type=int, nargs="*", default=[1, 100_000, 1_000_000], metavar="N")
    parser.add_argument("--leftovers", type=int, default=1000, metavar="N")
    parser.add_argument("--rebuild", type=int, default=20_000, metavar="N")
    asked = parser.parse_args()
    if asked.verify:
        verify(asked.built, asked.verify, asked.below)
    if asked.leftovers:
        leftovers(asked.built, asked.leftovers, asked.below)
    if asked.ledger:
        ledgers(asked.built, asked.ledger, asked.below)
    if asked.rebuild:
        rebuild(asked.built, asked.rebuild, asked.below)


if __name__ == "__main__":
    main()
