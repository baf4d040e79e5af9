#!/usr/bin/env python3
"""Our colours beside those of ffmpeg's zscale and tonemap=hable: mean luma of the first picture, and both as one image.

    make build && bench/colours.py FOLDER FILE... [--built .build/release]

Writes FILE.png for each recording into FOLDER, ours on the left. Recordings of ordinary light are only converted by
zscale, as their file says what they are.
"""
import argparse
import os
import shutil
import subprocess
import tempfile

from recordings import ffprobe, worker

IDENTITY = "019a0000-0000-7000-8000-000000000000"


def theirs(recording):
    """The usual chain for what the file says of itself; what it leaves open is taken for BT.709."""
    tags = (ffprobe(recording, "-select_streams", "v", "-show_entries",
                    "stream=color_transfer,color_primaries,color_space").get("streams") or [{}])[0]
    if tags.get("color_transfer") in ("smpte2084", "arib-std-b67"):
        return ("zscale=transfer=linear:npl=203,format=gbrpf32le,zscale=primaries=709,tonemap=hable:desat=0,"
                "zscale=transfer=709:matrix=709:range=limited,format=yuv420p")
    known = {"transfer": "color_transfer", "primaries": "color_primaries", "matrix": "color_space"}
    missing = ":".join(f"{name}in=709" for name, tag in known.items() if tag not in tags)
    return f"zscale={missing}{':' if missing else ''}transfer=709:primaries=709:matrix=709:range=limited,format=yuv420p"


def luma(video, filters=None):
    chain = (filters + "," if filters else "") + "signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-"
    done = subprocess.run(["ffmpeg", "-v", "error", "-i", video, "-frames:v", "1", "-vf", chain, "-f", "null", "-"],
                          capture_output=True, text=True, timeout=300)
    found = [line.split("=")[1] for line in done.stdout.splitlines() if "YAVG=" in line]
    return float(found[0]) if found else float("nan")


def beside(made, recording, filters, image):
    size = "scale=960:540:force_original_aspect_ratio=decrease,pad=960:540:-1:-1"
    chain = f"[0:v]{size}[a];[1:v]{filters},{size}[b];[a][b]hstack"
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", made, "-i", recording, "-frames:v", "1", "-filter_complex", chain,
                    image], check=True, timeout=300)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder")
    parser.add_argument("recordings", nargs="+")
    parser.add_argument("--built", default=".build/release")
    options = parser.parse_args()
    os.makedirs(options.folder, exist_ok=True)
    for recording in options.recordings:
        staging = tempfile.mkdtemp(prefix="flipd-colours-")
        last, _ = worker(os.path.join(options.built, "flip-worker"), "transcode", os.path.abspath(recording), staging,
                         IDENTITY, "fast")
        made = os.path.join(staging, IDENTITY + ".mp4")
        name = os.path.basename(recording)
        if "done" in last:
            filters = theirs(recording)
            beside(made, recording, filters, os.path.join(options.folder, name + ".png"))
            print(f"{name}: mean luma {luma(made):.1f}, by ffmpeg {luma(recording, filters):.1f}", flush=True)
        else:
            print(f"{name}: not made: {last}", flush=True)
        shutil.rmtree(staging)


if __name__ == "__main__":
    main()
