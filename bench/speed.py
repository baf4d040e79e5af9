#!/usr/bin/env python3
"""Videos by flipd's worker and by ffmpeg's programs on the same clips, in turn: time, processor, memory, size, likeness.

    make bench, or bench/speed.py [beside map copy recipes way] [--pairs 5] [--corpus FOLDER] [--built .build/release]
                                  [--results FILE] [--in FOLDER]

The other side is what scripts do: ffprobe, ffmpeg for the video, ffmpeg for a poster. Ours is the worker's preview (probe,
poster, thumb) and its transcode (with reading back), at the low priority that it gives itself; and beside it the whole
way through flipd. What is compared works in turns of a twentieth of a second (turns.py), but for copies and the whole way.
Where the Python package imageio-ffmpeg is installed, its ffmpeg is a second opponent, and tells VMAF; else SSIM has to do.
The clips are made on the spot, in a folder of their own that is removed in the end. Ratios are ours to theirs: below 1 is
less. Each is the median of the pairs' own ratios. Writes FILE, in Markdown.
"""
import argparse
import datetime
import os
import re
import sqlite3
import statistics
import subprocess

from flipd import drop, remove, running, scratch, timed
from sides import Scripts, Worker, ran
from turns import Cost, in_turns

TEXTURE = "mandelbrot=s=960x540:r={rate}:start_scale=2.5,scale={size}:flags=bicubic,noise=alls=6:allf=t"
TONE = ("zscale=transfer=linear:npl=203,format=gbrpf32le,zscale=primaries=709,tonemap=hable:desat=0,"
        "zscale=transfer=709:matrix=709:range=limited,format=yuv420p")
PLAYABLE = ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-b:v", "4M"]
HLG = "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", default=["beside", "map", "copy", "recipes", "way"])
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--corpus", default="../shared/corpus", help="a folder with recordings of cameras")
    parser.add_argument("--built", default=".build/release")
    parser.add_argument("--results", default="bench/RESULTS.md")
    parser.add_argument("--in", dest="below", default=".build")
    return parser.parse_args()


# How alike the pictures are.

def likeness(measurer, original, made):
    """VMAF, or SSIM, to the source in the size of what was made."""
    size = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=width,height",
                           "-of", "csv=p=0:s=x", made], capture_output=True, text=True, check=True).stdout.strip()
    # Labels differ, and newer ffmpegs would convert one to the other.
    same = ("setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709,"
            f"scale={size.replace('x', ':')}:flags=lanczos,format=yuv420p")
    judge = "libvmaf=n_threads=2:n_subsample=3" if measurer else "ssim"
    done = subprocess.run(
        # Picture by picture, whatever their times.
        [measurer or "ffmpeg", "-nostdin", "-r", "30", "-i", made, "-r", "30", "-i", original, "-lavfi",
         f"[0:v]{same}[a];[1:v]{same}[b];[a][b]{judge}", "-fps_mode", "passthrough", "-f", "null", "-"],
        capture_output=True, text=True)
    found = re.findall(r"VMAF score: ([0-9.]+)" if measurer else r"All:([0-9.]+)", done.stderr)
    return float(found[-1]) if found else float("nan")


def alike(measurer, original, *made):
    """Of several; light beyond the usual becomes something else with everybody."""
    if is_hdr(original):
        return "–"
    return " and ".join(f"{likeness(measurer, original, file):.{2 if measurer else 4}f}" for file in made)


# What it is measured on.

def draw(folder, name, rate, size, seconds, *codec, select=None):
    path = os.path.join(folder, name)
    picture = TEXTURE.format(rate=rate, size=size) + (f",select={select}" if select else "")
    subprocess.run(
        ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", picture, "-f", "lavfi", "-i",
         "sine=f=440:r=48000", "-t", str(seconds), *codec, "-c:a", "aac", "-fps_mode", "passthrough", path], check=True)
    return path


def drawn(folder):
    """Texture everywhere, some noise, and a tone."""
    hevc = ["-c:v", "libx265", "-preset", "superfast", "-tag:v", "hvc1", "-pix_fmt", "yuv420p"]
    ten = ["-c:v", "libx265", "-preset", "ultrafast", "-tag:v", "hvc1", "-pix_fmt", "yuv420p10le", "-color_primaries",
           "bt2020", "-color_trc", "arib-std-b67", "-colorspace", "bt2020nc"]
    quiet = "log-level=error"
    some = "mod(n\\,7)*mod(n\\,11)"
    return {
        "1080p30 HEVC": draw(folder, "hevc.mov", 30, "1920:1080", 4, *hevc, "-crf", "28", "-x265-params", quiet),
        "4K HLG, ten bits": draw(
            folder, "hlg.mov", 30, "3840:2160", 2, *ten, "-crf", "28", "-x265-params", f"{HLG}:{quiet}"),
        "720p60, changing rate": draw(folder, "vfr.mp4", 60, "1280:720", 4, *PLAYABLE, select=some),
        "1080p30 H.264, playable": draw(folder, "playable.mp4", 30, "1920:1080", 5, *PLAYABLE),
    }


def of_cameras(corpus):
    names = ["iphone6_with-gps.mov", "karma.mp4", "quicktime-hvc1.mov"]
    found = {name: os.path.abspath(os.path.join(corpus, name)) for name in names}
    return {name: path for name, path in found.items() if os.path.exists(path)}


def is_hdr(path):
    done = subprocess.run(["ffprobe", "-v", "error", "-select_streams", "v:0", "-show_entries", "stream=color_transfer", "-of",
                           "csv=p=0", path], capture_output=True, text=True, check=True)
    return any(name in done.stdout for name in ("arib-std-b67", "smpte2084"))


SMALLER = "scale='if(gt(iw,ih),min(2400,iw),-2)':'if(gt(iw,ih),-2,min(2400,ih))'"


# The parts.

def side_by_side(options, folder, clips, opponents, measurer, say):
    worker = Worker(options.built, folder)
    for opponent, scripts in opponents.items():
        say(f"\n## The same recipe, beside {opponent}\n")
        say("| clip | time | processor | memory | bytes | likeness, ours and theirs | ours | theirs |")
        say("|---|---|---|---|---|---|---|---|")
        for name, path in clips.items():
            filters = SMALLER + ("," + TONE if is_hdr(path) else "")
            count = options.pairs if scripts.ffprobe else (options.pairs + 1) // 2
            ours, theirs = (lambda: worker.whole(path, copyWhenPlayable=False)), (lambda: scripts.whole(path, filters))
            pairs = [in_turns(ours, theirs) for _ in range(count)]
            ratio = Cost.middle([ours.over(theirs) for (ours, _), (theirs, _) in pairs])
            (_, made), (_, their) = pairs[-1]
            bytes_ratio = os.path.getsize(made) / os.path.getsize(their)
            ours, theirs = (Cost.middle([pair[side][0] for pair in pairs]) for side in (0, 1))
            say(f"| {name} | **{ratio.wall:.2f}** | **{ratio.cpu:.2f}** | **{ratio.memory_mb:.2f}** | {bytes_ratio:.2f} "
                f"| {alike(measurer, path, made, their)} | {ours} | {theirs} |")


def mapping(options, folder, say):
    """The tone map alone: what pictures in HLG cost more than the same pictures said to be ordinary.

    Nothing moves in them, so that encoding costs next to nothing; what is in them makes no difference to either map.
    """
    kinds = {"hlg.mov": HLG, "plain.mov": "colorprim=bt709:transfer=bt709:colormatrix=bt709"}
    for name, colours in kinds.items():
        subprocess.run(
            ["ffmpeg", "-v", "error", "-nostdin", "-y", "-f", "lavfi", "-i", "mandelbrot=s=2400x1350:r=30", "-vf",
             "select=lt(n\\,1),loop=89:1,setpts=N/30/TB", "-frames:v", "90", "-c:v", "libx265", "-preset", "ultrafast",
             "-tag:v", "hvc1", "-pix_fmt", "yuv420p10le", "-x265-params", f"{colours}:log-level=error",
             os.path.join(folder, name)], check=True)
    hlg, plain = (os.path.join(folder, name) for name in kinds)
    theirs = ["ffmpeg", "-v", "error", "-nostdin", "-i", hlg, "-vf"]
    workers = [Worker(options.built, os.path.join(folder, name)) for name in ("mapped", "unmapped")]
    works = [
        lambda: workers[0].job("transcode", hlg, preset="ultrafast"),
        lambda: workers[1].job("transcode", plain, preset="ultrafast"),
        lambda: ran([*theirs, TONE, "-f", "null", "-"]),
        lambda: ran([*theirs, "format=yuv420p", "-f", "null", "-"]),
    ]
    costs = []
    for _ in range(options.pairs):
        mapped, unmapped, their_mapped, their_unmapped = (cost.cpu for cost, _ in in_turns(*works))
        costs.append((mapped - unmapped, their_mapped - their_unmapped))
    ours, other = (statistics.median(column) for column in zip(*costs))
    say("\n## The tone map alone\n")
    say(f"Seconds of one processor that 90 pictures of 2400x1350 in HLG cost more than ordinary ones: ours {ours:.2f}, "
        f"zscale with tonemap=hable {other:.2f}; **{statistics.median(one / two for one, two in costs):.2f}**.")


def copying(options, folder, say):
    """Before and after the same conversion, which takes long enough for the machine to change its mood."""
    playable = draw(folder, "long.mp4", 30, "1920:1080", 12, *PLAYABLE)
    worker = Worker(options.built, folder)
    copy, convert = (lambda: worker.job("transcode", playable)), (
        lambda: worker.job("transcode", playable, copyWhenPlayable=False))
    ratios = []
    for _ in range(options.pairs):
        (before, _), = in_turns(copy)
        (made, _), = in_turns(convert)
        (after, _), = in_turns(copy)
        ratios.append(2 * made.wall / (before.wall + after.wall))
    say("\n## Copying what plays already\n")
    say(f"**{statistics.median(ratios):.1f}** times as fast as converting the same twelve seconds, {min(ratios):.1f} to "
        f"{max(ratios):.1f}.")


def recipes(options, folder, clips, measurer, say):
    usual, seed = (Worker(options.built, os.path.join(folder, name)) for name in ("usual", "seed"))
    say("\n## The usual recipe, beside Preset=seed\n")
    say("| clip | time | processor | memory | bytes | likeness, usual and seed |\n|---|---|---|---|---|---|")
    for name, path in clips.items():
        pairs = [
            in_turns(
                lambda: usual.job("transcode", path, copyWhenPlayable=False, preset="camera"),
                lambda: seed.job("transcode", path, copyWhenPlayable=False))
            for _ in range(max(1, options.pairs // 2))
        ]
        ratio = Cost.middle([ours.over(other) for (ours, _), (other, _) in pairs])
        (_, made), (_, other) = pairs[-1]
        say(f"| {name} | {ratio.wall:.2f} | {ratio.cpu:.2f} | {ratio.memory_mb:.2f} "
            f"| {os.path.getsize(made) / os.path.getsize(other):.2f} | {alike(measurer, path, made, other)} |")


def whole_way(options, folder, clips, say):
    """Dropped into flipd, one at a time: when it was seen, when published, and what was not the worker's."""
    say("\n## The whole way through flipd\n")
    say("| clip | seen after | published after | of that, not the worker's jobs | flipd's own processor time |")
    say("|---|---|---|---|---|")
    for name, path in clips.items():
        root = os.path.join(folder, "root")
        with open(path, "rb") as file:
            data = file.read()
        with running(options.built, root, ["--set", "Video.Preset=seed", "--set", "Intake.Receipts=no"]) as daemon:
            before = processor_s(daemon)
            drop(root, "clip" + os.path.splitext(path)[1], data)
            daemon.wait("it is published", lambda: daemon.ask("/v1/status")["counts"]["ready"] == 1, step_s=0.05)
            own = processor_s(daemon) - before
            row = next(daemon.assets())
        with sqlite3.connect(f"{root}/state/ledger.sqlite") as ledger:
            events = {what: (at, seconds) for what, at, seconds in ledger.execute("SELECT what, at, seconds FROM event")}
        remove(root)
        taken, published = timed(row["received_at"]), timed(row["published_at"])
        seen = events["derivation"][0] / 1000 % 86400
        jobs = events["derivation"][1] + events["normalization"][1]
        rest = max(0, published - taken - jobs)
        say(f"| {name}, {len(data) / 1e6:.1f} MB | {seen - taken:.2f} s | {published - taken:.2f} s "
            f"| {rest:.2f} s, {rest / (published - taken) * 100:.1f} % | {own:.2f} s |")


def processor_s(daemon):
    """Of flipd itself, without its workers."""
    return sum(int(text) for text in daemon.proc("stat").rsplit(")", 1)[1].split()[11:13]) / os.sysconf("SC_CLK_TCK")


def first_line(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout.splitlines()[0]


def main():
    options = arguments()
    try:
        import imageio_ffmpeg
        static = imageio_ffmpeg.get_ffmpeg_exe()
    except ImportError:
        static = None
    lines = []

    def say(text):
        print(text, flush=True)
        lines.append(text)

    os.makedirs(options.below, exist_ok=True)
    with scratch(os.path.abspath(options.below)) as folder:
        say(f"# Speed, {datetime.date.today()}\n\nWritten by `make bench`, which can be run again anywhere; {options.pairs} "
            f"pairs, in turns of a twentieth of a second, on\n{os.cpu_count()} processors. Ratios are ours to theirs, medians "
            f"of the pairs: below 1 is less. Likeness is {'VMAF' if static else 'SSIM'} to the source.\n")
        check = subprocess.run([os.path.join(options.built, "flip-worker"), "--check"], capture_output=True, text=True)
        checked = dict(line.split(": ", 1) for line in check.stdout.splitlines())
        say(f"- ours: flip-worker with libavcodec {checked['libavcodec']} and x264 {checked['libx264']}")
        opponents = {"Debian's ffmpeg": Scripts("ffmpeg", "ffprobe", folder)}
        say("- theirs: " + first_line("ffmpeg", "-version").split(" Copyright")[0])
        if static:
            opponents["imageio-ffmpeg's"] = Scripts(static, None, folder)
            say("- theirs: " + first_line(static, "-version").split(" Copyright")[0] + ", of imageio-ffmpeg")
        clips = drawn(folder)
        all_clips = {**clips, **of_cameras(options.corpus)}
        if len(all_clips) == len(clips):
            say("- recordings of cameras are left out: none at --corpus")
        parts = {
            "beside": lambda: side_by_side(options, folder, all_clips, opponents, static, say),
            "map": lambda: mapping(options, folder, say),
            "copy": lambda: copying(options, folder, say),
            "recipes": lambda: recipes(options, folder, all_clips, static, say),
            "way": lambda: whole_way(options, folder, clips, say),
        }
        for part in options.parts:
            parts[part]()
    with open(options.results, "w") as file:
        file.write("\n".join(lines) + "\n")


main()
