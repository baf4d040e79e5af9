"""Whom speed.py compares: our worker's jobs, and the three commands of what scripts do."""
import json
import os
import shutil
import subprocess

import jobs


def ran(command, given=b""):
    """What a program wrote."""
    done = subprocess.run(command, input=given, capture_output=True)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]} ended with {done.returncode}: {done.stderr.decode(errors='replace')[-500:]}")
    return done.stdout


class Worker:
    """Ours: the worker's jobs, one after the other."""

    def __init__(self, built, folder):
        self.program, self.folder = os.path.join(built, "flip-worker"), folder

    def job(self, kind, original, **recipe):
        staging = os.path.join(self.folder, "made")
        shutil.rmtree(staging, ignore_errors=True)
        os.makedirs(staging)
        last = json.loads(ran([self.program], jobs.line(kind, original, staging, **recipe)).splitlines()[-1])
        if "done" not in last:
            raise SystemExit(f"the worker said {last} of {original}")
        return os.path.join(staging, jobs.IDENTITY + ".mp4")

    def whole(self, original, **recipe):
        self.job("preview", original, **recipe)
        return self.job("transcode", original, **recipe)


class Scripts:
    """Theirs: the three commands. An ffmpeg that comes without ffprobe looks at the file itself."""

    def __init__(self, ffmpeg, ffprobe, folder):
        self.ffmpeg, self.ffprobe, self.folder = ffmpeg, ffprobe, folder

    def whole(self, original, filters):
        made = os.path.join(self.folder, "theirs.mp4")
        quiet = [self.ffmpeg, "-v", "error", "-nostdin", "-y"]
        probe = ([self.ffprobe, "-v", "error", "-show_format", "-show_streams", "-of", "json", original]
                 if self.ffprobe else [*quiet, "-i", original, "-t", "0", "-f", "null", "-"])
        video = [*quiet, "-i", original, "-vf", filters, "-c:v", "libx264", "-preset", "medium", "-profile:v", "main",
                 "-crf", "23", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "128k", "-fps_mode", "passthrough",
                 "-movflags", "+faststart", made]
        poster = [*quiet, "-ss", "1", "-i", original, "-vf", filters + ",scale=1280:-2", "-frames:v", "1", "-update", "1",
                  os.path.join(self.folder, "theirs.jpg")]
        for command in (probe, video, poster):
            ran(command)
        return made
