"""What the benchmarks share: a flipd on a folder of its own, small distinct clips, and lines of figures."""
import contextlib
import glob
import http.client
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

QUICK = ["--set", "Intake.Settle=0.2s", "--set", "Video.Preset=ultrafast"]


class Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path):
        super().__init__("flipd", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


def ask(root, path, method="GET"):
    """One question on a connection of its own, as curl would."""
    connection = Connection(f"{root}/run/status.sock")
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            sys.exit(f"{path} was answered with {answer.status}: {body.decode(errors='replace')}")
        return json.loads(body)
    finally:
        connection.close()


class Daemon:
    """A flipd on a folder, started with a readiness socket of ours."""

    def __init__(self, built, root, settings=(), under=()):
        self.root = root
        os.makedirs(root, exist_ok=True)
        self.notify_path = os.path.join(root, "notify")
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(self.notify_path)
        self.started = time.monotonic()
        with open(os.path.join(root, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [*under, os.path.join(built, "flipd"), "--root", root, *QUICK, *settings],
                env={**os.environ, "NOTIFY_SOCKET": self.notify_path}, stdout=subprocess.DEVNULL, stderr=log)
        notify.settimeout(120)
        while b"READY=1" not in notify.recv(4096):
            pass
        self.ready_s = time.monotonic() - self.started
        notify.close()
        os.unlink(self.notify_path)

    def ask(self, path, method="GET"):
        return ask(self.root, path, method)

    def assets(self):
        """Every row, a page at a time."""
        after = ""
        while True:
            page = self.ask(f"/v1/assets?limit=500{after}")
            yield from page["assets"]
            if page["next"] is None:
                return
            after = f"&after={page['next']}"

    def wait(self, what, condition, seconds=3600, step_s=0.1):
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                sys.exit(f"after {seconds} s it is not true that {what}")
            time.sleep(step_s)

    def proc(self, name):
        with open(f"/proc/{self.process.pid}/{name}") as file:
            return file.read()

    def memory_mb(self, name="VmRSS"):
        return int(next(line for line in self.proc("status").splitlines() if line.startswith(name)).split()[1]) / 1024

    def forget_peak(self):
        """From now on VmHWM is the peak since now."""
        with open(f"/proc/{self.process.pid}/clear_refs", "w") as file:
            file.write("5")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def switches(self):
        total = 0
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/status"):
            with open(path) as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("voluntary"))
        return total

    def stop(self):
        """Answers how long it took."""
        began = time.monotonic()
        self.process.terminate()
        self.process.wait()
        return time.monotonic() - began


@contextlib.contextmanager
def running(*arguments, **settings):
    daemon = Daemon(*arguments, **settings)
    try:
        yield daemon
    finally:
        daemon.stop()


@contextlib.contextmanager
def scratch(below=None):
    """A folder of one's own. Published folders forbid their own removal."""
    folder = tempfile.mkdtemp(prefix="flipd-bench-", dir=below)
    try:
        yield folder
    finally:
        remove(folder)


def remove(folder):
    subprocess.run(["chmod", "-R", "u+w", folder], stderr=subprocess.DEVNULL)
    shutil.rmtree(folder, ignore_errors=True)


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
    print(f"{what:<66} {figure}", flush=True)
