#!/usr/bin/env python3
"""What becomes of every recording and, with --stills, every photo in a folder: the outcome, what was published, time and memory.

    make build && bench/recordings.py FOLDER [--only NAME]... [--keep FOLDER] [--built .build/release]

Each file goes through a worker's preview and transcode (of a photo there is no transcode), as flipd would have it done. Where the folder holds
a MANIFEST.tsv (columns file, kind, expected), outcomes are compared with it: `failed` and `rejected` both
mean handed back. What was published is read back by ffprobe and compared with the source: the ends of
pictures and sound, how many pictures, the first picture's time, the colour tags. --keep leaves the made files there.
"""
import argparse
import csv
import json
import os
import resource
import shutil
import subprocess
import tempfile
import time
import uuid

import jobs

STILL = {".jpg", ".jpeg", ".heic", ".heif", ".hif", ".png", ".gif", ".webp", ".avif", ".tif", ".tiff", ".dng", ".cr2", ".mpo", ".jp2", ".apng", ".jxl", ".xmp"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("--only", action="append", help="only this file; repeatable")
    parser.add_argument("--keep", help="a folder for what is made")
    parser.add_argument("--built", default=".build/release")
    parser.add_argument("--preset", default="veryfast")
    parser.add_argument("--stills", action="store_true", help="photos too")
    return parser.parse_args()


def expectations(folder):
    path = os.path.join(folder, "MANIFEST.tsv")
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8", newline="") as lines:
        return {row["file"]: row["expected"] for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}


def worker(program, kind, original, staging, identity, preset):
    """The worker's last line, and its seconds."""
    job = jobs.line(kind, original, staging, identity, preset=preset)
    before = time.monotonic()
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, errors = process.communicate(job, timeout=1800)
    seconds = time.monotonic() - before
    lines = [json.loads(line) for line in out.splitlines()]
    last = lines[-1] if lines else {}
    if process.returncode != 0:
        last = {"accident": f"ended with {process.returncode}: {errors.decode(errors='replace').strip()}"}
    return last, seconds


def ffprobe(path, *entries):
    done = subprocess.run(["ffprobe", "-v", "error", *entries, "-of", "json", path], capture_output=True, timeout=300)
    try:
        return json.loads(done.stdout)
    except ValueError:
        return {}


def ends(path, own_length=False):
    """By track: kind, first and last moment, how many packets that are shown; counted from the file's packets,
    or from the track's length where the packets have none."""
    found = {}
    streams = ffprobe(path, "-show_entries", "stream=index,codec_type,codec_name,width,height,nb_frames,duration:stream_disposition=attached_pic")
    for packet in ffprobe(path, "-show_entries", "packet=stream_index,pts_time,dts_time,duration_time,flags").get("packets", []):
        at = packet.get("pts_time") or packet.get("dts_time")
        if at is None or "D" in packet.get("flags", ""):
            continue
        at, length = float(at), float(packet.get("duration_time") or 0)
        track = found.setdefault(packet["stream_index"], [at, at + length, 0])
        track[0], track[1], track[2] = min(track[0], at), max(track[1], at + length), track[2] + 1
    tracks = []
    for stream in streams.get("streams", []):
        if stream["index"] in found and not stream.get("disposition", {}).get("attached_pic"):
            track = found[stream["index"]]
            if own_length and "duration" in stream:
                track[1] = max(track[1], track[0] + float(stream["duration"]))
            tracks.append((stream.get("codec_type"), stream, track))
    return tracks


def longest(tracks, kind):
    of_kind = [track for track in tracks if track[0] == kind]
    return max(of_kind, key=lambda track: track[2][2], default=None)


def compare(original, made):
    """One line on how the published file stands to its source."""
    source, result = ends(original), ends(made, own_length=True)
    words = []
    before, after = longest(source, "video"), longest(result, "video")
    if before and after:
        words.append(f"{before[2][2]}→{after[2][2]} pictures")
        words.append(f"first {after[2][0]:+.3f}")
        words.append(f"pictures' end {after[2][1] - (before[2][1] - before[2][0]):+.3f}")
        sound = longest(source, "audio"), longest(result, "audio")
        if all(sound):
            words.append(f"sound's end {sound[1][2][1] - (sound[0][2][1] - before[2][0]):+.3f}")
    tags = ffprobe(made, "-select_streams", "v:0", "-show_entries",
                   "stream=color_range,color_space,color_transfer,color_primaries,pix_fmt,sample_aspect_ratio")
    stream = (tags.get("streams") or [{}])[0]
    wanted = {"color_range": "tv", "color_space": "bt709", "color_transfer": "bt709", "color_primaries": "bt709",
              "pix_fmt": "yuv420p", "sample_aspect_ratio": "1:1"}
    if is_copied(made):
        words.append("copied")
    wrong = [f"{name}={stream.get(name)}" for name, value in wanted.items() if stream.get(name) != value]
    return ", ".join(words + wrong)


def is_copied(made):
    """x264 signs what it makes; a copy carries no messages at all."""
    with open(made, "rb") as file:
        return b"x264 - core" not in file.read()


def outcome(last):
    if "done" in last:
        return "ready", last["done"]["media"].get("remarks", [])
    if "refused" in last:
        refusal = last["refused"]["_0"]
        return refusal["problem"], [refusal["detail"]] if refusal.get("detail") else []
    return "accident", [last.get("accident", "no word")]


def one(options, name, expected):
    original = os.path.abspath(os.path.join(options.folder, name))
    staging = options.keep or tempfile.mkdtemp(prefix="flipd-recordings-")
    identity = str(uuid.UUID(int=0x019A0000_0000_7000_8000_000000000000 | hash(name) & 0xFFFFFFFFFFFF))
    program = os.path.join(options.built, "flip-worker")
    last, preview_s = worker(program, "preview", original, staging, identity, options.preset)
    seconds = 0.0
    # A photo is done then.
    is_photo = last.get("done", {}).get("media", {}).get("kind") == "photo"
    if "done" in last and not is_photo:
        last, seconds = worker(program, "transcode", original, staging, identity, options.preset)
    came, remarks = outcome(last)
    agrees = expected is None or (came == "ready") == (expected == "ready")
    main = ".jpg" if is_photo else ".mp4"
    made = os.path.join(staging, identity + main)
    facts = compare(original, made) if came == "ready" and not is_photo else ""
    media = last.get("done", {}).get("media", {})
    size = f"{media.get('width')}×{media.get('height')}" if media else ""
    print(f"{'  ' if agrees else '! '}{name} | {expected or '-'} | {came} | {size} | preview {preview_s:.2f} s, "
          f"transcode {seconds:.2f} s | {facts} | {' '.join(remarks)}", flush=True)
    if options.keep and came == "ready":
        for role in ("", "-poster", "-thumb"):
            ending = ".jpg" if role else main
            shutil.move(os.path.join(staging, identity + role + ending), os.path.join(staging, name + role + ending))
    if not options.keep:
        shutil.rmtree(staging)
    return agrees


def main():
    options = arguments()
    expected = expectations(options.folder)
    if options.keep:
        os.makedirs(options.keep, exist_ok=True)
    names = options.only or sorted(os.listdir(options.folder))
    considered = [name for name in names
                  if (options.stills or os.path.splitext(name)[1].lower() not in STILL)
                  and os.path.isfile(os.path.join(options.folder, name))
                  and not name.endswith((".tsv", ".py", ".md", ".sh"))]
    agree = sum(one(options, name, expected.get(name)) for name in considered)
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"{agree} of {len(considered)} as expected; the most memory that any process took: {peak_mb:.0f} MB")


if __name__ == "__main__":
    main()
