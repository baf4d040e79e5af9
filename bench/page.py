#!/usr/bin/env python3
"""What it costs to look: the status while work is done, files beside nginx, many readers, and the page in a browser.

    make build && bench/page.py [--only status|files|readers|browser] [--built .build/release]

Prints its figures, one to a line. It listens on loopback only, works in folders of its own below the system's temporary
one, and ends what it started. Needs ffmpeg for a clip, wrk and nginx for `files`, chromium-driver for `browser`.
"""
import argparse
import asyncio
import contextlib
import glob
import http.client
import json
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time
import urllib.request

from archive import grow, multiply, published, spread
from flipd import clip, drop, running, say, scratch

SIZE = 20_000_000


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


# The status


def status(built, count, times):
    port = free_port()
    with scratch() as root:
        with running(built, root) as daemon:
            drop(root, "a.mp4", clip(root))
            like = published(daemon)
        grow(f"{root}/state/ledger.sqlite", like, count - 1)
        long = f"{root}/long.mp4"
        subprocess.run(
            ["ffmpeg", "-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=1920x1080:r=30:d=120", "-c:v", "libx264",
             "-preset", "ultrafast", "-qp", "30", "-pix_fmt", "yuv420p", long], check=True)
        with running(built, root, ["--set", f"Status.Listen=127.0.0.1:{port}", "--set", "Video.Preset=slow", "--set",
                                   "Video.CopyWhenPlayable=no"]) as daemon:
            with open(long, "rb") as file:
                drop(root, "long.mp4", file.read())
            daemon.wait("a job runs", lambda: any(job["stage"] == "transcode" for job in daemon.ask("/v1/status")["jobs"]))
            connection = http.client.HTTPConnection("127.0.0.1", port)
            taken = []
            for _ in range(times):
                began = time.monotonic()
                connection.request("GET", "/v1/status")
                connection.getresponse().read()
                taken.append((time.monotonic() - began) * 1000)
            runs = bool(daemon.ask("/v1/status")["jobs"])
            say(f"GET /v1/status, {count:,} assets, a job {'runs' if runs else 'HAS ENDED'}, {times} times",
                f"median {statistics.median(taken):.2f} ms, 99th percentile {percentile(taken, 0.99):.2f} ms")


# Files


def with_file(root, daemon, like):
    """A large file where flipd serves files from, and its address."""
    folder = next(iter(glob.glob(f"{root}/library/media/*/*/*/{like}")))
    os.chmod(folder, 0o755)
    with open(f"{folder}/{like}-large.mp4", "wb") as file:
        file.write(os.urandom(SIZE))
    os.chmod(folder, 0o555)
    return folder, f"/{os.path.relpath(folder, f'{root}/library')}/{like}-large.mp4"


@contextlib.contextmanager
def nginx(folder):
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="flipd-bench-nginx-") as place:
        os.chmod(place, 0o755)
        with open(f"{place}/nginx.conf", "w", encoding="utf-8") as file:
            file.write(f"""
                worker_processes 1; pid {place}/pid; error_log {place}/error.log; daemon off;
                {"user root;" if os.geteuid() == 0 else ""}
                events {{ worker_connections 1024; }}
                http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;
                    server {{ listen 127.0.0.1:{port}; root {folder}; }} }}""")
        process = subprocess.Popen(["nginx", "-c", f"{place}/nginx.conf", "-p", place], stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        try:
            yield port
        finally:
            process.terminate()
            process.wait()


def wrk(url, connections, seconds):
    """Megabytes a second."""
    said = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", url], check=True, capture_output=True, text=True).stdout
    line = next(line for line in said.splitlines() if "Transfer/sec" in line).split()[1]
    for unit, factor in (("GB", 1024), ("MB", 1), ("KB", 1 / 1024)):
        if line.endswith(unit):
            return float(line[: -len(unit)]) * factor
    return 0


def files(built, pairs):
    port = free_port()
    with scratch() as root, running(built, root, ["--set", f"Status.Listen=127.0.0.1:{port}"]) as daemon:
        drop(root, "a.mp4", clip(root))
        folder, path = with_file(root, daemon, published(daemon))
        with nginx(folder) as other:
            ours, theirs = f"http://127.0.0.1:{port}{path}", f"http://127.0.0.1:{other}/{os.path.basename(path)}"
            for connections in (1, 16):
                rates = {"flipd": [], "nginx": []}
                for _ in range(pairs):
                    rates["flipd"].append(wrk(ours, connections, 3))
                    rates["nginx"].append(wrk(theirs, connections, 3))
                flipd, nginx_ = (statistics.median(rates[name]) for name in ("flipd", "nginx"))
                say(f"a file of 20 MB, {connections} connections, median of {pairs} pairs",
                    f"flipd {flipd:.0f} MB/s, nginx {nginx_:.0f} MB/s, ratio {flipd / nginx_:.2f}")


# Many readers at once


async def slow_reader(port, path, number, seconds, read_bytes):
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1 << 14)
    first = number * 64_000
    writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nRange: bytes={first}-{first + 8_000_000}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert b" 206 " in head, head
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        read_bytes[number] += len(await reader.read(4096))
        await asyncio.sleep(0.05)
    writer.close()


async def with_readers(port, path, readers, seconds):
    read_bytes = [0] * readers
    tasks = [asyncio.create_task(slow_reader(port, path, number, seconds, read_bytes)) for number in range(readers)]
    taken = []
    await asyncio.sleep(1)
    while not all(task.done() for task in tasks):
        began = time.monotonic()
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /v1/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        await reader.read()
        writer.close()
        taken.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(0.05)
    await asyncio.gather(*tasks)
    return taken, read_bytes


def readers(built, count, seconds):
    port = free_port()
    with scratch() as root, running(built, root, ["--set", f"Status.Listen=127.0.0.1:{port}"]) as daemon:
        drop(root, "a.mp4", clip(root))
        _, path = with_file(root, daemon, published(daemon))
        taken, read_bytes = asyncio.run(with_readers(port, path, count, seconds))
        say(f"{count} slow readers of ranges, {seconds} s: all held, each read at least", f"{min(read_bytes) / 1000:.0f} kB")
        say("  the status beside them, on connections of its own",
            f"median {statistics.median(taken):.1f} ms, 99th percentile {percentile(taken, 0.99):.1f} ms")
        say("  resident", f"{daemon.memory_mb():.1f} MB")


# The page


class Browser:
    """Chromium by its driver, over the little of WebDriver that is needed."""

    def __init__(self):
        self.port = free_port()
        self.driver = subprocess.Popen(
            ["chromedriver", f"--port={self.port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(100):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            time.sleep(0.1)
        options = {"args": ["--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1440,900"]}
        answer = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}})
        self.session = f"/session/{answer['sessionId']}"

    def ask(self, method, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", json.dumps(body or {}).encode() if method == "POST" else None,
            {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["value"]

    def open(self, url):
        self.ask("POST", f"{self.session}/url", {"url": url})

    def run(self, script):
        return self.ask("POST", f"{self.session}/execute/sync", {"script": script, "args": []})

    def close(self):
        self.ask("DELETE", self.session)
        self.driver.terminate()
        self.driver.wait()


def browser(built, count, times):
    port = free_port()
    with scratch() as root:
        with running(built, root) as daemon:
            drop(root, "a.mp4", clip(root))
            like = published(daemon)
        multiply(f"{root}/library", like, spread(count - 1))
        for state in glob.glob(f"{root}/state/ledger.sqlite*"):
            os.unlink(state)
        subprocess.run([f"{built}/flipd", "--root", root, "--rebuild"], check=True, stderr=subprocess.DEVNULL)
        with running(built, root, ["--set", f"Status.Listen=127.0.0.1:{port}"]):
            chromium = Browser()
            try:
                paints, tiles, weights = [], [], []
                for _ in range(times):
                    chromium.open(f"http://127.0.0.1:{port}/")
                    end = time.monotonic() + 30
                    while not chromium.run("return document.querySelectorAll('main img').length") and time.monotonic() < end:
                        time.sleep(0.01)
                    paints.append(chromium.run(
                        "return performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"))
                    tiles.append(chromium.run(
                        "return Math.min(...performance.getEntriesByType('resource')"
                        ".filter(e => e.initiatorType === 'img' && !e.name.includes('/page/')).map(e => e.responseEnd))"))
                    weights.append(chromium.run(
                        "return performance.getEntriesByType('navigation')[0].decodedBodySize"
                        " + performance.getEntriesByType('resource').filter(e => e.name.includes('/page/'))"
                        ".reduce((sum, e) => sum + e.decodedBodySize, 0)"))
                # Later loads may take some of it from memory.
                weight = weights[0]
                say(f"the page of {count:,} assets: first content, median of {times}", f"{statistics.median(paints):.0f} ms, the first time {paints[0]:.0f} ms")
                say("  its first poster is there", f"{statistics.median(tiles):.0f} ms")
                say("  its weight without posters", f"{weight / 1000:.1f} kB")
            finally:
                chromium.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--built", default=".build/release")
    parser.add_argument("--only", choices=["status", "files", "readers", "browser"])
    arguments = parser.parse_args()
    built = os.path.abspath(arguments.built)
    tasks = {
        "status": lambda: status(built, 100_000, 2000), "files": lambda: files(built, 5),
        "readers": lambda: readers(built, 200, 10), "browser": lambda: browser(built, 10_000, 7),
    }
    for program in ("wrk", "nginx", "chromedriver"):
        if shutil.which(program) is None:
            print(f"{program} is not installed; what needs it will fail.")
    for name, task in tasks.items():
        if arguments.only in (None, name):
            task()


if __name__ == "__main__":
    main()
