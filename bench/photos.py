#!/usr/bin/env python3
"""What photos cost: all sizes of one beside vipsthumbnail and Pillow, many through the whole way, and a very large one.

    make build && bench/photos.py [sizes through large] [--pairs 7] [--count 60] [--built .build/release] [--in FOLDER]

Prints its figures, one to a line. It makes its photos with ffmpeg, works in a folder of its own, and removes it. The other
two are left out where they are not installed: Debian's libvips-tools has vipsthumbnail, python3-pil or PyPI has Pillow.
"""
import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time

import jobs
from flipd import drop, running, say, scratch, timed

# The same work as ours, said in the words of the others.
BOXES = {"main": (2400, 2400), "poster": (1280, 1280), "thumb": (320, 100000), "150": (150, 150), "300": (300, 300),
         "800": (800, 600)}
PILLOW = """
import sys
from PIL import Image, ImageOps
boxes = %r
photo = Image.open(sys.argv[1])
photo.draft("RGB", (2400, 2400))
photo = ImageOps.exif_transpose(photo).convert("RGB")
for name, box in sorted(boxes.items(), key=lambda named: -named[1][0]):
    size = photo.copy()
    size.thumbnail(box, Image.LANCZOS)
    size.save(f"{sys.argv[2]}/{name}.jpg", quality=85, progressive=True, optimize=True)
""" % BOXES


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=["sizes", "through", "large"])
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--count", type=int, default=60)
    parser.add_argument("--built", default=".build/release")
    parser.add_argument("--in", dest="below", default=".build")
    return parser.parse_args()


def make(path, size, seed=1, quality=2):
    """As a camera writes it: texture everywhere, some noise, colours for two by two pixels."""
    subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i",
         f"mandelbrot=s=1008x756:start_scale=3,scale={size}:flags=bicubic,noise=alls=16:all_seed={seed}",
         "-frames:v", "1", "-update", "1", "-pix_fmt", "yuvj420p", "-q:v", str(quality), path], check=True)


def worker(built, original, staging):
    """The worker's last line, its seconds, and the most memory it had, in MB."""
    os.makedirs(staging, exist_ok=True)
    began = time.monotonic()
    process = subprocess.Popen([os.path.join(built, "flip-worker")], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    process.stdin.write(jobs.line("preview", original, staging, threads=1))
    process.stdin.close()
    lines = process.stdout.read().splitlines()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.monotonic() - began
    last = json.loads(lines[-1]) if lines else {}
    if status != 0 or "done" not in last:
        sys.exit(f"the worker ended with {status} and said {last}")
    return seconds, used.ru_maxrss / 1024


def vipsthumbnail(original, folder):
    for name, (width, height) in BOXES.items():
        subprocess.run(
            ["vipsthumbnail", original, "--size", f"{width}x{height}>", "--eprofile", "srgb", "-o",
             f"{folder}/{name}.jpg[Q=85,interlace,optimize_coding,strip]"], check=True, cwd=folder)


def pillow(original, folder):
    subprocess.run([sys.executable, "-c", PILLOW, original, folder], check=True)


def taken(work):
    began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - began, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def sizes(options, folder):
    original = os.path.join(folder, "photo.jpg")
    make(original, "4032:3024")
    say("the photo, 4032x3024, MB", f"{os.path.getsize(original) / 1e6:.1f}")
    others = {}
    if shutil.which("vipsthumbnail"):
        others["vipsthumbnail, once for each size"] = lambda: vipsthumbnail(original, folder)
    try:
        import PIL
        others[f"Pillow {PIL.__version__}"] = lambda: pillow(original, folder)
    except ImportError:
        pass
    times = {name: [] for name in ("flip-worker", *others)}
    for _ in range(options.pairs):
        times["flip-worker"].append(taken(lambda: worker(options.built, original, os.path.join(folder, "made"))))
        for name, work in others.items():
            times[name].append(taken(work))
    middle = {name: [statistics.median(column) for column in zip(*rows)] for name, rows in times.items()}
    for name, (wall, cpu) in middle.items():
        say(f"all six sizes by {name}: seconds, of one processor", f"{wall:.3f}  {cpu:.3f}")
    for name in others:
        ratios = [ours[0] / theirs[0] for ours, theirs in zip(times["flip-worker"], times[name])]
        say(f"ours to {name}: median, least, most", f"{statistics.median(ratios):.2f}  {min(ratios):.2f}  {max(ratios):.2f}")


def through(options, folder):
    root = os.path.join(folder, "root")
    photos = []
    for seed in range(6):
        path = os.path.join(folder, f"{seed}.jpg")
        make(path, "4032:3024", seed=seed)
        with open(path, "rb") as file:
            photos.append(file.read())
    with running(options.built, root) as daemon:
        for number in range(options.count):
            # Bytes behind a JPEG's end make another file of the same photo.
            drop(root, f"IMG_{number:04}.JPG", photos[number % 6] + number.to_bytes(4, "big"))
        daemon.wait("all are published", lambda: daemon.ask("/v1/status")["counts"]["ready"] == options.count)
        rows = list(daemon.assets())
        first = min(timed(row["received_at"]) for row in rows)
        last = max(timed(row["published_at"]) for row in rows)
    say(f"{options.count} photos of 12 megapixels, from taken to published, a second", f"{options.count / (last - first):.2f}")


def large(options, folder):
    original = os.path.join(folder, "large.jpg")
    make(original, "16320:12240", quality=8)
    say("the photo, 16320x12240, MB", f"{os.path.getsize(original) / 1e6:.1f}")
    seconds, memory_mb = worker(options.built, original, os.path.join(folder, "made"))
    say("all its sizes: seconds, and the most memory in MB", f"{seconds:.1f}  {memory_mb:.0f}")
    progressive = os.path.join(folder, "progressive.jpg")
    if shutil.which("vips"):
        subprocess.run(["vips", "copy", original, f"{progressive}[Q=80,interlace]"], check=True)
        seconds, memory_mb = worker(options.built, progressive, os.path.join(folder, "made"))
        say("the same, progressive", f"{seconds:.1f}  {memory_mb:.0f}")


def main():
    options = arguments()
    os.makedirs(options.below, exist_ok=True)
    with scratch(os.path.abspath(options.below)) as folder:
        for part in options.parts:
            {"sizes": sizes, "through": through, "large": large}[part](options, folder)


main()
